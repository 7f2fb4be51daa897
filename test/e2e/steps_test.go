package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/timeline"
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

// inLane waits until the services are what the lane has, and long enough that
// requests have been owed to them.
func inLane(services ...string) step {
	return step{"in the lane: " + strings.Join(services, ", "), func(ctx context.Context, p *play) error {
		if err := p.awaitCanaries(ctx, services); err != nil {
			return err
		}
		if err := p.awaitLane(ctx, services); err != nil {
			return err
		}
		return pass(ctx, time.Until(p.ready.Add(promise.Join+2*time.Second)))
	}}
}

// awaitCanaries waits until Kruise has paused at the step of each service's
// newest release, with its canary ready.
func (p *play) awaitCanaries(ctx context.Context, services []string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, 90*time.Second, fmt.Errorf("not within 90s"))
	defer cancel()
	for _, s := range services {
		if err := p.Timeline.Await(ctx, "a ready canary of "+s, func(events []timeline.Event) bool {
			ready, paused := canaryOf(events, s, p.versions[s].String())
			if ready.After(p.ready) {
				p.ready = ready
			}
			return paused && !ready.IsZero()
		}); err != nil {
			return err
		}
	}
	return nil
}

// canaryOf says since when the newest release's canary is ready, and whether
// the Rollout waits for an approval.
func canaryOf(events []timeline.Event, service, version string) (ready time.Time, paused bool) {
	for _, e := range events {
		switch {
		case e.Service != service:
		case e.Kind == timeline.Published:
			ready, paused = time.Time{}, false
		case e.Kind == timeline.Stage:
			paused = strings.Contains(e.Detail, "InRolling") && strings.Contains(e.Detail, "StepPaused")
		case e.Kind == timeline.PodReady && e.Canary && e.Version == version:
			ready = e.At
		}
	}
	return ready, paused
}

// awaitLane waits until the lane's status says that it has these services, with
// a ready pod each, and no other.
func (p *play) awaitLane(ctx context.Context, services []string) error {
	return cluster.Await(ctx, "the lane's status", 30*time.Second, func(ctx context.Context) (string, error) {
		lane, err := p.GrayLane(ctx)
		if err != nil {
			return "", err
		}
		var has []string
		for _, s := range lane.Status.Services {
			if s.Ready > 0 {
				has = append(has, s.Name)
			}
		}
		if want := slices.Sorted(slices.Values(services)); !slices.Equal(has, want) {
			return fmt.Sprintf("it has ready pods of %v and not of %v: %s", has, want, lane.Status.ServicesSummary), nil
		}
		return "", nil
	})
}

// rest waits until nothing of a release is left.
func rest() step {
	return step{"rest", func(ctx context.Context, p *play) error { return p.AwaitRest(ctx, time.Minute) }}
}

// wait lets the load run on.
func wait(d time.Duration) step {
	return step{"wait " + d.String(), func(ctx context.Context, p *play) error { return pass(ctx, d) }}
}
