package steps

import (
	"context"
	"fmt"
	"strings"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/stack/control"
)

// Managers that are replaced, not there, or idle.

func away(p *scenario.Play) { p.Timeline.Add(timeline.Event{Kind: timeline.Away}) }

func back(p *scenario.Play) { p.Timeline.Add(timeline.Event{Kind: timeline.Back}) }

func tell(p *scenario.Play, what string) {
	p.Timeline.Add(timeline.Event{Kind: timeline.Note, Detail: what})
}

// Upgrade applies the manifests again and replaces every manager, one by one.
// New leaders have nothing to write, for nothing changed.
func Upgrade() scenario.Step {
	return scenario.Step{What: "the managers are replaced", Do: func(ctx context.Context, p *scenario.Play) error {
		seen := timeline.Writes(p.Timeline.Events())
		if err := p.DeployProduct(ctx); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, 2*cluster.Settle); err != nil {
			return err
		}
		if writes := timeline.Writes(p.Timeline.Events()) - seen; writes > 0 {
			return fmt.Errorf("%d mesh writes by new managers although nothing changed", writes)
		}
		return nil
	}}
}

// FreshManagers replaces every manager, one by one. One that could not reach the API server
// in an earlier scenario waits until istiod must have heard of everything, up to a minute,
// before it lets a route name a subset.
func FreshManagers() scenario.Step {
	return scenario.Step{What: "managers that remember nothing", Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "-n", cluster.ProductNamespace, "rollout", "restart", "deployment"); err != nil {
			return err
		}
		if err := p.AwaitDeployments(ctx, cluster.ProductNamespace); err != nil {
			return err
		}
		return p.AwaitLed(ctx)
	}}
}

// SwitchOff ends all managers.
func SwitchOff() scenario.Step {
	return scenario.Step{What: "switch the managers off", Do: func(ctx context.Context, p *scenario.Play) error {
		away(p)
		p.Cleanup(p.SwitchOn)
		return p.SwitchOff(ctx)
	}}
}

// SwitchOn starts them again, and waits until they have caught up.
func SwitchOn() scenario.Step {
	return scenario.Step{What: "switch the managers on", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := p.SwitchOn(ctx); err != nil {
			return err
		}
		if err := p.AwaitRest(ctx, 3*time.Minute); err != nil {
			return err
		}
		back(p)
		return nil
	}}
}

// NothingHappens lets a time pass in which nobody does anything: nothing may be
// written to the mesh, and the managers have little to do.
func NothingHappens(d time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("nothing happens for %s", d), Do: func(ctx context.Context, p *scenario.Play) error {
		before, err := managerUsage(p)
		if err != nil {
			return err
		}
		seen := timeline.Writes(p.Timeline.Events())
		if err := scenario.Pass(ctx, d); err != nil {
			return err
		}
		after, err := managerUsage(p)
		if err != nil {
			return err
		}
		writes := timeline.Writes(p.Timeline.Events()) - seen
		p.Note("at rest: %d mesh writes in %s", writes, d)
		for manager, u := range after {
			p.Note("%s: %d MB, %.1fs CPU since its start, %.2f%% of a CPU at rest", manager, u.RSS>>20, u.CPU,
				100*(u.CPU-before[manager].CPU)/d.Seconds())
		}
		if writes > 0 {
			return fmt.Errorf("%d mesh writes while nothing changed", writes)
		}
		return nil
	}}
}

// managerUsage is what each replica of the manager uses.
func managerUsage(p *scenario.Play) (map[string]control.Usage, error) {
	all, err := p.Stack.Usage()
	if err != nil {
		return nil, err
	}
	managers := map[string]control.Usage{}
	for name, u := range all {
		if pod, ok := strings.CutPrefix(name, cluster.ProductNamespace+"/"); ok {
			managers[pod] = u
		}
	}
	if len(managers) < 2 {
		return nil, fmt.Errorf("there are not two managers among %v", all)
	}
	return managers, nil
}
