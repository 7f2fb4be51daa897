package rolloutwatch

import (
	"context"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// ingress takes the next step of a group's ingress and returns what its condition is made
// of, also after an error.
func (r *groupReconciler) ingress(ctx context.Context, registry *facts.Registry, group *facts.Group) (status.Ingress, error) {
	in, err := r.stepIngress(ctx, registry, group)
	if err != nil {
		in.Outcome = trafficprovider.Outcome{Step: trafficprovider.Step{Problem: status.WriteFailed()}}
	}
	in.Words = r.words
	return in, err
}

// stepIngress observes the ingress services anew: the store may be older than the lanes
// that the ingress must not name any more.
func (r *groupReconciler) stepIngress(ctx context.Context, registry *facts.Registry, group *facts.Group) (status.Ingress, error) {
	clashes, err := registry.IngressClashes(group, func(older *facts.Group) (bool, error) { return r.entered(ctx, older.Name) })
	if err != nil {
		return status.Ingress{}, err
	}
	live, err := r.traffic.Ingress(ctx, group.Name, group.Gateway(), group.IngressHosts()...)
	if err != nil {
		return status.Ingress{}, err
	}
	var plans []lane.Plan
	lives := map[types.NamespacedName]trafficprovider.Live{}
	for _, service := range group.IngressServices() {
		observed, err := observe(ctx, r.cluster, r.traffic, lane.GroupService{Group: group.Name, Service: service}, r.now())
		if err != nil {
			return status.Ingress{}, err
		}
		plans = append(plans, lane.Compute(observed.snapshot))
		lives[service] = observed.live
	}
	members, routes := membersOf(group, r.store), r.store.Routes(group.Name, live.Routes())
	plan := lane.ComputeIngress(lane.IngressSnapshot{
		Group: group.Group, Plans: plans, Baseline: live.Baseline(), Moving: members.Moving(), Settled: members.Settled(), Hold: group.Problem, TakenOver: live.TakenOver(), Live: routes,
	}).Yield(clashes, live.TakenOver(), routes)
	outcome, err := r.traffic.ApplyIngress(ctx, plan, live, lives)
	for _, o := range outcome.LeftOut {
		plan = plan.LeaveOut(o, routes)
	}
	if plan.State == lane.StateWithdrawn {
		r.store.ForgetRoutes(group.Name)
	}
	return status.Ingress{Plan: plan, Outcome: outcome}, err
}

// entered reports whether a group has an entry in the mesh.
func (r *groupReconciler) entered(ctx context.Context, group string) (bool, error) {
	live, err := r.traffic.Ingress(ctx, group, types.NamespacedName{})
	return err == nil && live.TakenOver(), err
}

func withdrawnIngress(group string) lane.IngressPlan {
	return lane.ComputeIngress(lane.IngressSnapshot{Group: lane.Group{Name: group}, Withdrawing: true})
}
