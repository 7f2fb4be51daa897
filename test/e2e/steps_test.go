package e2e

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
)

// publish gives the services their next versions, all at once.
func publish(services ...string) step { return publishAs(false, services...) }

// publishBroken publishes versions whose pods never become ready.
func publishBroken(services ...string) step { return publishAs(true, services...) }

func publishAs(broken bool, services ...string) step {
	return step{"publish " + strings.Join(services, ", "), func(ctx context.Context, p *play) error {
		for _, s := range services {
			p.versions[s] = cluster.Version{Number: p.versions[s].Number + 1, Broken: broken}
		}
		return atOnce(ctx, services, func(ctx context.Context, s string) error {
			return p.Publish(ctx, s, p.versions[s])
		})
	}}
}

// approve promotes the services, all at once.
func approve(services ...string) step {
	return step{"approve " + strings.Join(services, ", "), func(ctx context.Context, p *play) error {
		return atOnce(ctx, services, p.Approve)
	}}
}

// undo takes the releases of the services back, all at once.
func undo(services ...string) step {
	return step{"undo " + strings.Join(services, ", "), func(ctx context.Context, p *play) error {
		return atOnce(ctx, services, p.Undo)
	}}
}

func atOnce(ctx context.Context, services []string, do func(context.Context, string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range services {
		group.Go(func() error { return do(ctx, s) })
	}
	return group.Wait()
}

// inLane waits until the services are what the samples' lane has, and long enough
// that requests have been owed to them.
func inLane(services ...string) step { return inLaneOf(cluster.Lane, services...) }

func inLaneOf(lane string, services ...string) step {
	return step{"in lane " + lane + ": " + strings.Join(services, ", "), func(ctx context.Context, p *play) error {
		var last time.Time
		for _, s := range services {
			ready, err := p.AwaitCanary(ctx, s, p.versions[s])
			if err != nil {
				return err
			}
			if ready.After(last) {
				last = ready
			}
		}
		if err := p.AwaitLane(ctx, lane, services...); err != nil {
			return err
		}
		return pass(ctx, time.Until(last.Add(promise.Join+2*time.Second)))
	}}
}

// rest waits until nothing of a release is left.
func rest() step {
	return step{"rest", func(ctx context.Context, p *play) error { return p.AwaitRest(ctx, 3*time.Minute) }}
}

// wait lets the load run on.
func wait(d time.Duration) step {
	return step{"wait " + d.String(), func(ctx context.Context, _ *play) error { return pass(ctx, d) }}
}
