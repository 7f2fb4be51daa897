package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// Who is in a lane, by its status and by what requests meet.

// InLane waits until the services are what the samples' lane has, and long enough
// that requests have been owed to them.
func InLane(services ...string) scenario.Step { return InLaneOf(cluster.Lane, services...) }

// InLaneOf is InLane for any gray lane.
func InLaneOf(lane string, services ...string) scenario.Step {
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

// LaneHas waits until a lane that is not released into has ready pods of these services.
func LaneHas(lane string, services ...string) scenario.Step {
	return scenario.Step{What: "lane " + lane + " has " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		return p.AwaitLane(ctx, lane, services...)
	}}
}

// InLaneAtLast waits until the services are what the lane has, however long the
// managers take.
func InLaneAtLast(services ...string) scenario.Step {
	return scenario.Step{What: "in the lane at last: " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range services {
			if _, err := p.AwaitCanary(ctx, s, p.Newest[s]); err != nil {
				return err
			}
		}
		if err := p.AwaitLaneWithin(ctx, 2*time.Minute, cluster.Lane, services...); err != nil {
			return err
		}
		return awaitRouted(ctx, p, services...)
	}}
}

// OnlyInLane waits until the lane has these services and no other.
func OnlyInLane(services ...string) scenario.Step {
	return scenario.Step{What: "only in the lane: " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		return p.AwaitLaneWithin(ctx, 2*time.Minute, cluster.Lane, services...)
	}}
}

// ServedAgain waits until a tagged request has met the canary of every service
// again.
func ServedAgain(services ...string) scenario.Step {
	return scenario.Step{What: "the lane serves again", Do: func(ctx context.Context, p *scenario.Play) error {
		from := time.Now()
		defer func() {
			p.MayLose.To = time.Now()
			p.Note("a killed lane served again after %.0fs", time.Since(from).Seconds())
		}()
		return cluster.Await(ctx, "tagged requests in the whole lane", 2*time.Minute, func(context.Context) (string, error) {
			last := "none yet"
			for _, r := range p.Records() {
				if r.Tag == "" || r.Err != "" || r.Start.Before(from.Add(time.Second)) {
					continue
				}
				if inLaneEverywhere(p, r.Chain, services) {
					return "", nil
				}
				last = r.Chain.String()
			}
			return last, nil
		})
	}}
}

// SaysWhyNotReady waits until the lane's status names the service, with so many
// pods, and says that none of them is ready.
func SaysWhyNotReady(service string, pods int32) scenario.Step {
	return scenario.Step{What: "the lane says why " + service + " is not ready", Do: func(ctx context.Context, p *scenario.Play) error {
		return cluster.Await(ctx, "the reason in the lane's status", time.Minute, func(ctx context.Context) (string, error) {
			lane, err := p.GrayLane(ctx)
			if err != nil {
				return "", err
			}
			for _, s := range lane.Status.Services {
				if s.Name == service && s.Pods == pods && s.Ready == 0 && s.Reason == lanev1.ReasonNoReadyPods && s.Message != "" {
					return "", nil
				}
			}
			return fmt.Sprintf("it says %+v", lane.Status.Services), nil
		})
	}}
}

// awaitRouted waits until a tagged request met the lane wherever it is. After an outage of
// the API server managers wait for istiod's watches, up to a minute and a settle.
func awaitRouted(ctx context.Context, p *scenario.Play, services ...string) error {
	from := time.Now()
	return cluster.Await(ctx, "tagged requests in the lane", 2*time.Minute, func(context.Context) (string, error) {
		for _, r := range slices.Backward(p.Records()) {
			if r.Tag != "" && r.Err == "" && r.Start.After(from) && inLaneEverywhere(p, r.Chain, services) {
				return "", nil
			}
		}
		return "there is none", nil
	})
}

func inLaneEverywhere(p *scenario.Play, chain load.Chain, services []string) bool {
	for _, s := range services {
		if hop, ok := chain.Hop(s); !ok || hop.Version != p.Newest[s].String() {
			return false
		}
	}
	return true
}
