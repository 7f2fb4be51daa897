package istio

import (
	"errors"
	"fmt"
	"slices"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// liveServices are the live objects of the Services that ingress routes go to.
type liveServices = map[types.NamespacedName]trafficprovider.Live

// TranslateIngress returns the next step of a group's ingress.
func (p *Provider) TranslateIngress(plan lane.IngressPlan, from trafficprovider.LiveIngress, services map[types.NamespacedName]trafficprovider.Live, basis trafficprovider.Basis, now time.Time) (trafficprovider.Step, error) {
	l, ok := from.(*liveIngress)
	if !ok {
		return trafficprovider.Step{}, fmt.Errorf("live entry of another provider: %T", from)
	}
	step := trafficprovider.Step{Phase: trafficprovider.Complete}
	switch plan.State {
	case lane.StateManaged:
		var err error
		if step, err = p.manageIngress(plan, l, services, basis, now); err != nil {
			return step, err
		}
	case lane.StateWithdrawn:
		for _, vs := range l.ours {
			step.Writes = append(step.Writes, starting(remove(nil, vs, "group "+plan.Group+" has no entry any more"), freed(plan.Group, vs, nil))...)
		}
		p.filter(&step, plan, l)
	default:
		step.Programmed = stamped(plan, l)
	}
	p.restore(&step, plan, l)
	return step, nil
}

// manageIngress writes the group's VirtualService, and then takes those away that
// are left of another gateway.
func (p *Provider) manageIngress(plan lane.IngressPlan, l *liveIngress, services liveServices, basis trafficprovider.Basis, now time.Time) (trafficprovider.Step, error) {
	name := ingressName(plan.Group, plan.Gateway.Namespace)
	old := l.find(name)
	routes, again := p.resolveRoutes(plan, l, old, services, now)
	step := trafficprovider.Step{Phase: trafficprovider.Waiting, Again: again, Programmed: programmedIngress(plan, routes)}
	if len(routes) == 0 { // whatever there is stays until something can replace it
		return step, nil
	}
	vs, patchProblem, err := l.build(plan, routes, name, old)
	if err != nil {
		return trafficprovider.Step{}, err
	}
	conflicts := l.conflicts(plan, vs, routes)
	if conflicts.Block != nil {
		return refuseIngress(plan, l, conflicts.Block), nil
	}
	conflicts = conflicts.With(patchProblem, nil)
	step.Problem, step.Notes = conflicts.Problem, conflicts.Notes
	why, cause := whyIngress(plan, l, old, vs)
	step.Writes = starting(p.put(nil, orNil(old), vs, why, cause), freed(plan.Group, old, vs))
	notePatches(step.Writes, plan.OwnHeaders())
	for _, other := range l.ours {
		if nameOf(other) != name {
			step.Writes = append(step.Writes, starting(remove(nil, other, "group "+plan.Group+" has another gateway now"), freed(plan.Group, other, nil))...)
		}
	}
	names := slices.ContainsFunc(routes, func(r resolvedRoute) bool { return !r.namedBy(old) })
	step.Phase = phase(basis, len(step.Writes) > 0 && names, false, slices.Equal(step.Programmed, plan.Lanes()))
	p.filter(&step, plan, l)
	step.Notes = append(step.Notes, l.letIn(plan)...)
	return step, nil
}

// build makes the VirtualService with the patches that can be used, and tells of those that
// cannot.
func (l *liveIngress) build(plan lane.IngressPlan, wanted []resolvedRoute, name types.NamespacedName, old *networkingv1.VirtualService) (*networkingv1.VirtualService, *lane.Problem, error) {
	for {
		var used lane.Policy
		routes := slices.Clone(wanted)
		for i, r := range routes {
			if len(plan.Refused) > 0 {
				routes[i].Policy = plan.Refused.Usable(r.Policy, ingressPolicyInForce(l.ours, r.Name, hostname.Of(r.Service), plan.OwnHeaders()))
			}
			used.Route = append(used.Route, routes[i].Policy.Route...)
		}
		vs, err := ingressRoutes(plan, routes, name, old)
		refused, ok := errors.AsType[*refusedError](err)
		if !ok || plan.Refused[refused.patch].LeftOut {
			return vs, plan.Refused.Problem(used), err
		}
		plan.Refused = plan.Refused.With(refused.patch, lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: refused.Error()})
	}
}

// refuseIngress changes nothing, although there would be something to do.
func refuseIngress(plan lane.IngressPlan, l *liveIngress, problem *lane.Problem) trafficprovider.Step {
	return trafficprovider.Step{Phase: trafficprovider.Waiting, Programmed: stamped(plan, l), Problem: problem}
}

// stamped are the plan's lanes that live routes stamp.
func stamped(plan lane.IngressPlan, l *liveIngress) []string {
	return slices.DeleteFunc(plan.Lanes(), func(name string) bool { return !l.Names(name) })
}
