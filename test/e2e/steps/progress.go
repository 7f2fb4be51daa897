package steps

import (
	"context"
	"slices"
	"strings"
	"time"

	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// What a story waits for: how far releases are, or a time.

// Wait lets the load run on.
func Wait(d time.Duration) scenario.Step {
	return scenario.Step{What: "wait " + d.String(), Do: func(ctx context.Context, _ *scenario.Play) error { return scenario.Pass(ctx, d) }}
}

// Rest waits until nothing of a release is left.
func Rest() scenario.Step {
	return scenario.Step{What: "rest", Do: func(ctx context.Context, p *scenario.Play) error { return p.AwaitRest(ctx, 3*time.Minute) }}
}

// RestAtLast waits until nothing of a release is left, however long the managers
// take, and until they have caught up.
func RestAtLast() scenario.Step {
	return scenario.Step{What: "rest at last", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := p.AwaitRest(ctx, 3*time.Minute); err != nil {
			return err
		}
		back(p)
		return nil
	}}
}

// Begun waits until Kruise has begun the services' releases.
func Begun(services ...string) scenario.Step {
	return scenario.Step{What: "begun: " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		return atOnce(ctx, services, p.AwaitBegun)
	}}
}

// CanaryReady waits for a ready canary, whatever the lane says.
func CanaryReady(service string) scenario.Step {
	return scenario.Step{What: "a ready canary of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.AwaitCanary(ctx, service, p.Newest[service])
		return err
	}}
}

// Released waits until Kruise has ended the service's release.
func Released(service string) scenario.Step {
	return scenario.Step{What: "released: " + service, Do: func(ctx context.Context, p *scenario.Play) error { return p.AwaitHealthy(ctx, service) }}
}

// Written waits until the mesh was told something new about the service.
func Written(service string) scenario.Step {
	return scenario.Step{What: "a mesh write for " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		return p.Timeline.Await(ctx, "a mesh write for "+service, func(events []timeline.Event) bool {
			published := slices.IndexFunc(events, func(e timeline.Event) bool { return e.Kind == timeline.Published && e.Service == service })
			return slices.ContainsFunc(events[max(published, 0):], func(e timeline.Event) bool {
				return e.Kind == timeline.Written && e.Service == service
			})
		})
	}}
}
