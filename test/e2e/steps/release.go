package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// What people do to releases.

// Publish gives the services their next versions, all at once.
func Publish(services ...string) scenario.Step { return PublishAs("", services...) }

// PublishAs publishes versions that have a fault.
func PublishAs(fault cluster.Fault, services ...string) scenario.Step {
	return scenario.Step{What: "publish " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range services {
			p.Newest[s] = cluster.Version{Number: p.Newest[s].Number + 1, Fault: fault}
		}
		return atOnce(ctx, services, func(ctx context.Context, s string) error {
			return p.Publish(ctx, s, p.Newest[s])
		})
	}}
}

// PublishNew publishes a version that there has not been yet, after an undo.
func PublishNew(service string) scenario.Step {
	return scenario.Step{What: "publish a new version of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Newest[service] = cluster.Version{Number: p.Newest[service].Number + 2}
		return p.Publish(ctx, service, p.Newest[service])
	}}
}

// PublishUntilSeen publishes into the end of another release. Kruise cleans up
// after that one and may wipe away what says that a new one has begun; then the
// Rollout is Healthy, and the Deployment stays paused or rolls the version out
// to everybody, until somebody publishes again, as we do.
func PublishUntilSeen(service string) scenario.Step {
	return scenario.Step{What: "publish " + service + " at once", Do: func(ctx context.Context, p *scenario.Play) error {
		for range 3 {
			if err := Publish(service).Do(ctx, p); err != nil {
				return err
			}
			seen, cancel := context.WithTimeout(ctx, 10*time.Second)
			err := p.AwaitBegun(seen, service)
			cancel()
			if err == nil {
				return nil
			}
			p.Timeline.Add(timeline.Event{Kind: timeline.Overlooked, Service: service})
			p.Note("Kruise overlooked a publish of %s that came into the end of another release; it was repeated", service)
		}
		return fmt.Errorf("Kruise overlooked three publishes of %s", service) //nolint:staticcheck // a name
	}}
}

// PublishAndUndoBeforeItsPods takes a publish back while Kruise prepares the
// release. Kruise does not see that and releases the old version as a canary.
func PublishAndUndoBeforeItsPods(service string) scenario.Step {
	return scenario.Step{What: "publish " + service + " and undo it before its pods exist", Do: func(ctx context.Context, p *scenario.Play) error {
		old := p.Newest[service]
		if err := Publish(service).Do(ctx, p); err != nil {
			return err
		}
		if err := p.AwaitBegun(ctx, service); err != nil {
			return err
		}
		if err := p.Undo(ctx, service); err != nil {
			return err
		}
		p.Newest[service] = old
		p.Timeline.Add(timeline.Event{Kind: timeline.Published, Service: service, Version: old.String(), Detail: "by the undo"})
		return nil
	}}
}

// Approve promotes the services, all at once.
func Approve(services ...string) scenario.Step {
	return scenario.Step{What: "approve " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		return atOnce(ctx, services, p.Approve)
	}}
}

// Undo takes the releases of the services back, all at once.
func Undo(services ...string) scenario.Step {
	return scenario.Step{What: "undo " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		return atOnce(ctx, services, p.Undo)
	}}
}

// ApproveThenUndo approves and takes it back the given time after, as soon as
// that can be done: undo goes back to the newest ReplicaSet but one, so that
// before the approved version has a stable ReplicaSet it would go one version
// too far, or fail where there is none.
func ApproveThenUndo(service string, after time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("approve %s, undo %s later", service, after), Do: func(ctx context.Context, p *scenario.Play) error {
		if err := p.Approve(ctx, service); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, after); err != nil {
			return err
		}
		if err := p.AwaitStableRevision(ctx, service, p.Newest[service]); err != nil {
			return err
		}
		if err := p.Undo(ctx, service); err != nil {
			return err
		}
		late, err := p.AwaitUndone(ctx, service)
		if err != nil || !late {
			return err
		}
		p.Note("the undo of %s came after the end of the release, which makes it a release: it is approved", service)
		return p.Approve(ctx, service)
	}}
}

// UndoThePromotion undoes what was promoted already: that is a release of the
// version before.
func UndoThePromotion(service string) scenario.Step {
	return scenario.Step{What: "undo the promotion of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		before := cluster.Version{Number: p.Newest[service].Number - 1}
		p.Timeline.Add(timeline.Event{Kind: timeline.Published, Service: service, Version: before.String(), Detail: "by an undo"})
		if _, err := p.Kubectl(ctx, "kruise", "rollout", "undo", rolloutOf(service), "-n", cluster.Namespace); err != nil {
			return err
		}
		p.Newest[service] = before
		return nil
	}}
}

func atOnce(ctx context.Context, services []string, do func(context.Context, string) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range services {
		group.Go(func() error { return do(ctx, s) })
	}
	return group.Wait()
}
