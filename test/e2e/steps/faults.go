package steps

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"lanekeeper.io/test/e2e/apifault"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Components that are started anew, and calls that fail.

// Restart stops a component of the cluster and starts it again.
func Restart(component string) scenario.Step {
	return scenario.Step{What: "restart " + component, Do: func(_ context.Context, p *scenario.Play) error {
		away(p) // the managers lose their lease with the API server
		if err := p.Stack.StopComponent(component); err != nil {
			return err
		}
		return p.Stack.StartComponent(component)
	}}
}

// RestartIstiod is Restart for the one that tells proxies what was written. A settle
// is the time that this may take. Where istiod is away for longer, as on a machine that
// is busy, a proxy may hear of a lane's route and of the subset that it names at once,
// and nobody can help that. It hears so when istiod is there again; until then it does as
// before.
func RestartIstiod() scenario.Step {
	return scenario.Step{What: "restart istiod", Do: func(_ context.Context, p *scenario.Play) error {
		away(p)
		begun := time.Now()
		if err := p.Stack.StopComponent("istiod"); err != nil {
			return err
		}
		stopped := time.Now()
		if err := p.Stack.StartComponent("istiod"); err != nil {
			return err
		}
		if started := time.Now(); started.Sub(begun) > cluster.Settle {
			p.Note("istiod was away for %.1fs", started.Sub(begun).Seconds())
			p.Timeline.Add(timeline.Event{At: stopped, Kind: timeline.Untold, Detail: "no istiod for longer than a settle"})
			p.Timeline.Add(timeline.Event{At: started.Add(promise.Join), Kind: timeline.Healed})
		}
		return nil
	}}
}

// CutOff cuts the managers' connection to the API server for a time.
func CutOff(d time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("the managers are cut off for %s", d), Do: func(ctx context.Context, p *scenario.Play) error {
		return disconnected(ctx, p, (*apifault.Proxy).Cut, d)
	}}
}

// Swallowed lets whatever the managers send get lost for a time, as a network
// that drops packets does: nobody tells them.
func Swallowed(d time.Duration) scenario.Step {
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

// FailOnce lets the first try of every write fail, the third and so on, each in
// another way, also in those where it is made all the same; and one read in four
// of the mesh that goes past the cache. Which ones is left to chance: several in a
// row confirm a step, and a rhythm could keep step with them for ever.
func FailOnce() scenario.Step {
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

// Healed lets all calls pass again.
func Healed() scenario.Step {
	return scenario.Step{What: "every call is answered again", Do: func(_ context.Context, p *scenario.Play) error { return p.Faulty.Heal() }}
}

// Blind holds everything back that the managers would hear of, while they may
// write on.
func Blind(d time.Duration) scenario.Step {
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
