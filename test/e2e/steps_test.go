package e2e

import (
	"context"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
)

// publish gives the services their next versions, all at once.
func publish(services ...string) scenario.Step { return publishAs(false, services...) }

// publishBroken publishes versions whose pods never become ready.
func publishBroken(services ...string) scenario.Step { return publishAs(true, services...) }

func publishAs(broken bool, services ...string) scenario.Step {
	return scenario.Step{What: "publish " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range services {
			p.Newest[s] = cluster.Version{Number: p.Newest[s].Number + 1, Broken: broken}
		}
		return atOnce(ctx, services, func(ctx context.Context, s string) error {
			return p.Publish(ctx, s, p.Newest[s])
		})
	}}
}

// approve promotes the services, all at once.
func approve(services ...string) scenario.Step {
	return scenario.Step{What: "approve " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		return atOnce(ctx, services, p.Approve)
	}}
}

// undo takes the releases of the services back, all at once.
func undo(services ...string) scenario.Step {
	return scenario.Step{What: "undo " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
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
func inLane(services ...string) scenario.Step { return inLaneOf(cluster.Lane, services...) }

func inLaneOf(lane string, services ...string) scenario.Step {
	return scenario.Step{What: "in lane " + lane + ": " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		var last time.Time
		for _, s := range services {
			ready, err := p.AwaitCanary(ctx, s, p.Newest[s])
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
		return scenario.Pass(ctx, time.Until(last.Add(promise.Join+2*time.Second)))
	}}
}

// rest waits until nothing of a release is left.
func rest() scenario.Step {
	return scenario.Step{What: "rest", Do: func(ctx context.Context, p *scenario.Play) error { return p.AwaitRest(ctx, 3*time.Minute) }}
}

// wait lets the load run on.
func wait(d time.Duration) scenario.Step {
	return scenario.Step{What: "wait " + d.String(), Do: func(ctx context.Context, _ *scenario.Play) error { return scenario.Pass(ctx, d) }}
}
