package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"lanekeeper.io/test/e2e/apifault"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Components that are started anew, and calls that fail.

// inLaneAtLast waits until the services are what the lane has, however long the
// managers take.
func inLaneAtLast(services ...string) scenario.Step {
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

// awaitRouted waits until a tagged request met the lane wherever it is.
func awaitRouted(ctx context.Context, p *scenario.Play, services ...string) error {
	from := time.Now()
	return cluster.Await(ctx, "tagged requests in the lane", time.Minute, func(context.Context) (string, error) {
		for _, r := range slices.Backward(p.Records()) {
			if r.Tag != "" && r.Err == "" && r.Start.After(from) && inLaneEverywhere(p, r.Chain, services) {
				return "", nil
			}
		}
		return "there is none", nil
	})
}

// restAtLast waits until nothing of a release is left, however long the managers
// take, and until they have caught up.
func restAtLast() scenario.Step {
	return scenario.Step{What: "rest at last", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := p.AwaitRest(ctx, 3*time.Minute); err != nil {
			return err
		}
		back(p)
		return nil
	}}
}

// onlyInLane waits until the lane has these services and no other.
func onlyInLane(services ...string) scenario.Step {
	return scenario.Step{What: "only in the lane: " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		return p.AwaitLaneWithin(ctx, 2*time.Minute, cluster.Lane, services...)
	}}
}

// begun waits until Kruise has begun the services' releases.
func begun(services ...string) scenario.Step {
	return scenario.Step{What: "begun: " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		return atOnce(ctx, services, p.AwaitBegun)
	}}
}

// canaryReady waits for a ready canary, whatever the lane says.
func canaryReady(service string) scenario.Step {
	return scenario.Step{What: "a ready canary of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.AwaitCanary(ctx, service, p.Newest[service])
		return err
	}}
}

// released waits until Kruise has ended the service's release.
func released(service string) scenario.Step {
	return scenario.Step{What: "released: " + service, Do: func(ctx context.Context, p *scenario.Play) error { return p.AwaitHealthy(ctx, service) }}
}

// written waits until the mesh was told something new about the service.
func written(service string) scenario.Step {
	return scenario.Step{What: "a mesh write for " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		return p.Timeline.Await(ctx, "a mesh write for "+service, func(events []timeline.Event) bool {
			published := slices.IndexFunc(events, func(e timeline.Event) bool { return e.Kind == timeline.Published && e.Service == service })
			return slices.ContainsFunc(events[max(published, 0):], func(e timeline.Event) bool {
				return e.Kind == timeline.Written && e.Service == service
			})
		})
	}}
}

// outOfLane waits until the services' canaries are gone and no tagged request met one
// for a while: proxies have been told, whatever happens to istiod now.
func outOfLane(services ...string) scenario.Step {
	return scenario.Step{What: "out of the lane: " + strings.Join(services, ", "), Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range services {
			if err := cluster.Await(ctx, "the canary of "+s+" to be gone", 2*time.Minute, func(ctx context.Context) (string, error) {
				pods, err := p.CanaryPods(ctx, s)
				return strings.Join(names(pods), ", "), err
			}); err != nil {
				return err
			}
		}
		return scenario.Pass(ctx, cluster.Settle)
	}}
}

// restart stops a component of the cluster and starts it again.
func restart(component string) scenario.Step {
	return scenario.Step{What: "restart " + component, Do: func(_ context.Context, p *scenario.Play) error {
		away(p) // the managers lose their lease with the API server
		if err := p.Stack.StopComponent(component); err != nil {
			return err
		}
		return p.Stack.StartComponent(component)
	}}
}

// restartIstiod is restart for the one that tells proxies what was written. A settle
// is the time that this may take. Where istiod is away for longer, as on a machine that
// is busy, a proxy may hear of a route and of the subset that it names at once, and
// nobody can help that.
func restartIstiod() scenario.Step {
	return scenario.Step{What: "restart istiod", Do: func(ctx context.Context, p *scenario.Play) error {
		begun := time.Now()
		if err := restart("istiod").Do(ctx, p); err != nil {
			return err
		}
		if took := time.Since(begun); took > cluster.Settle {
			p.Note("istiod was away for %.1fs", took.Seconds())
			for _, s := range cluster.Chain {
				p.Timeline.Add(timeline.Event{At: begun, Kind: timeline.Harmed, Service: s, Detail: "no istiod for longer than a settle"})
				p.Timeline.Add(timeline.Event{At: begun.Add(took + promise.Join), Kind: timeline.Healed, Service: s})
			}
		}
		return nil
	}}
}

// cutOff cuts the managers' connection to the API server for a time.
func cutOff(d time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("the managers are cut off for %s", d), Do: func(ctx context.Context, p *scenario.Play) error {
		return disconnected(ctx, p, (*apifault.Proxy).Cut, d)
	}}
}

// swallowed lets whatever the managers send get lost for a time, as a network
// that drops packets does: nobody tells them.
func swallowed(d time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("what the managers send is swallowed for %s", d), Do: func(ctx context.Context, p *scenario.Play) error {
		return disconnected(ctx, p, (*apifault.Proxy).Swallow, d)
	}}
}

func disconnected(ctx context.Context, p *scenario.Play, how func(*apifault.Proxy), d time.Duration) error {
	away(p)
	p.Cleanup(func(context.Context) error { return p.Faulty.Heal() })
	how(p.Faulty)
	if err := scenario.Pass(ctx, d); err != nil {
		return err
	}
	return p.Faulty.Mend()
}

// failOnce lets the first try of every write fail, the third and so on, each in
// another way, also in those where it is made all the same; and one read in four
// of the mesh that goes past the cache. Which ones is left to chance: several in a
// row confirm a step, and a rhythm could keep step with them for ever.
func failOnce() scenario.Step {
	return scenario.Step{What: "every call fails once", Do: func(_ context.Context, p *scenario.Play) error {
		away(p)
		p.Cleanup(func(context.Context) error { return p.Faulty.Heal() })
		var mu sync.Mutex
		tries, failed := map[apifault.Call]int{}, 0
		chance := rand.New(rand.NewPCG(1, 2))
		p.Faulty.Before(func(c apifault.Call) apifault.Fault {
			mu.Lock()
			defer mu.Unlock()
			switch {
			case c.Write():
				tries[c]++
				if tries[c]%2 == 0 {
					return apifault.Pass
				}
			case !c.Watch && (c.Resource == "destinationrules" || c.Resource == "virtualservices"):
				if chance.IntN(4) > 0 {
					return apifault.Pass
				}
			default:
				return apifault.Pass
			}
			fault := apifault.All[failed%len(apifault.All)]
			failed++
			tell(p, fmt.Sprintf("%s: %s", c, fault))
			return fault
		})
		return nil
	}}
}

// healed lets all calls pass again.
func healed() scenario.Step {
	return scenario.Step{What: "every call is answered again", Do: func(_ context.Context, p *scenario.Play) error { return p.Faulty.Heal() }}
}

// blind holds everything back that the managers would hear of, while they may
// write on.
func blind(d time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("watches stand still for %s", d), Do: func(ctx context.Context, p *scenario.Play) error {
		away(p)
		p.Cleanup(func(context.Context) error { return p.Faulty.Heal() })
		p.Faulty.StandStill()
		if err := scenario.Pass(ctx, d); err != nil {
			return err
		}
		p.Faulty.GoOn()
		return nil
	}}
}
