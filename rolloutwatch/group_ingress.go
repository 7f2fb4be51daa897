package rolloutwatch

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// entryState is what became of a group's entry.
type entryState struct {
	plan    lane.IngressPlan
	outcome trafficprovider.Outcome
}

// ingress takes the next step of a group's entry. An error is in the state too.
// clash is why the entry gives way to an older group's.
func (r *groupReconciler) ingress(ctx context.Context, entry *groupEntry, clash *lane.Problem) (entryState, error) {
	state, err := r.stepIngress(ctx, entry, clash)
	if err != nil {
		state.outcome = trafficprovider.Outcome{Step: trafficprovider.Step{Problem: writeFailed()}}
	}
	return state, err
}

// stepIngress looks at the entry services afresh: a row may be older than what
// the entry must not name.
func (r *groupReconciler) stepIngress(ctx context.Context, entry *groupEntry, clash *lane.Problem) (entryState, error) {
	live, err := r.traffic.Ingress(ctx, entry.Name, entry.gateway())
	if err != nil {
		return entryState{}, err
	}
	var plans []lane.Plan
	lives := map[types.NamespacedName]trafficprovider.Live{}
	for _, service := range entryServices(entry.Group) {
		look, err := lookAt(ctx, r.facts, r.traffic, serviceRequest{entry.Name, service})
		if err != nil {
			return entryState{}, err
		}
		plans = append(plans, lane.Compute(look.snapshot))
		lives[service] = look.live
	}
	plan := lane.ComputeIngress(entry.Group, plans, false, entry.problem, live.TakenOver()).Yield(clash, live.TakenOver())
	outcome, err := r.traffic.ApplyIngress(ctx, plan, live, lives)
	return entryState{plan, outcome}, err
}

// entryServices are the Services of the group that its lanes' rules name.
func entryServices(g lane.Group) []types.NamespacedName {
	var out []types.NamespacedName
	seen := map[types.NamespacedName]bool{}
	for _, l := range g.Lanes {
		for _, rule := range l.Rules {
			if g.Has(rule.Service) && !seen[rule.Service] {
				seen[rule.Service] = true
				out = append(out, rule.Service)
			}
		}
	}
	return out
}

func leavingIngress(group string) lane.IngressPlan {
	return lane.ComputeIngress(lane.Group{Name: group}, nil, true, nil, false)
}
