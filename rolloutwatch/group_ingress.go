package rolloutwatch

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// ingress takes the next step of a group's ingress. An error is in its state too.
// clash is why the ingress gives way to an older group's.
func (r *groupReconciler) ingress(ctx context.Context, group *facts.Group, clash *lane.Problem) (status.Ingress, error) {
	in, err := r.stepIngress(ctx, group, clash)
	if err != nil {
		in.Outcome = trafficprovider.Outcome{Step: trafficprovider.Step{Problem: status.WriteFailed()}}
	}
	in.Words = r.words
	return in, err
}

// stepIngress looks at the ingress services afresh: what is stored of them may be older
// than what the ingress must not name.
func (r *groupReconciler) stepIngress(ctx context.Context, group *facts.Group, clash *lane.Problem) (status.Ingress, error) {
	live, err := r.traffic.Ingress(ctx, group.Name, group.Gateway())
	if err != nil {
		return status.Ingress{}, err
	}
	var plans []lane.Plan
	lives := map[types.NamespacedName]trafficprovider.Live{}
	for _, service := range group.IngressServices() {
		seen, err := observe(ctx, r.cluster, r.traffic, lane.GroupService{Group: group.Name, Service: service}, r.now())
		if err != nil {
			return status.Ingress{}, err
		}
		plans = append(plans, lane.Compute(seen.snapshot))
		lives[service] = seen.live
	}
	plan := lane.ComputeIngress(group.Group, plans, false, group.Problem, live.TakenOver()).Yield(clash, live.TakenOver())
	outcome, err := r.traffic.ApplyIngress(ctx, plan, live, lives)
	return status.Ingress{Plan: plan, Outcome: outcome}, err
}

func leavingIngress(group string) lane.IngressPlan {
	return lane.ComputeIngress(lane.Group{Name: group}, nil, true, nil, false)
}
