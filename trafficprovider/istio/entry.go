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

// liveServices are the live objects of entry services.
type liveServices = map[types.NamespacedName]trafficprovider.Live

// TranslateIngress returns the next step of a group's entry.
func (p *Provider) TranslateIngress(plan lane.IngressPlan, from trafficprovider.LiveIngress, services map[types.NamespacedName]trafficprovider.Live, now time.Time) (trafficprovider.Step, error) {
	l, ok := from.(*liveIngress)
	if !ok {
		return trafficprovider.Step{}, fmt.Errorf("live entry of another provider: %T", from)
	}
	switch plan.State {
	case lane.StateManaged:
		return p.manageEntry(plan, l, services, now)
	case lane.StateWithdrawn:
		step := trafficprovider.Step{Complete: true}
		for _, vs := range l.entries {
			step.Writes = remove(step.Writes, vs, "group "+plan.Group+" has no entry any more")
		}
		return step, nil
	default:
		return trafficprovider.Step{Complete: true, Programmed: stamped(plan, l)}, nil
	}
}

// manageEntry writes the group's VirtualService, and then takes those away that
// are left of another gateway.
func (p *Provider) manageEntry(plan lane.IngressPlan, l *liveIngress, services liveServices, now time.Time) (trafficprovider.Step, error) {
	name := entryName(plan.Group, plan.Gateway.Namespace)
	old := l.find(name)
	aims, again := p.aimRoutes(plan, old, services, now)
	step := trafficprovider.Step{Again: again, Programmed: programmedEntry(plan, aims)}
	if len(aims) == 0 { // whatever there is stays until something can replace it
		return step, nil
	}
	vs, err := p.entry(plan, aims, name, old)
	if refused, ok := errors.AsType[*refusedError](err); ok {
		return trafficprovider.Step{
			Programmed: stamped(plan, l),
			Problem:    &lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: refused.Error()},
		}, nil
	}
	if err != nil {
		return trafficprovider.Step{}, err
	}
	conflicts := l.conflicts(plan, vs, aims)
	if conflicts.Block != nil {
		return trafficprovider.Step{Programmed: stamped(plan, l), Problem: conflicts.Block}, nil
	}
	step.Problem, step.Notes = conflicts.Problem, conflicts.Notes
	why, cause := whyEntry(plan, l, old, vs)
	step.Writes = p.put(step.Writes, orNil(old), vs, why, cause)
	for _, other := range l.entries {
		if nameOf(other) != name {
			step.Writes = remove(step.Writes, other, "group "+plan.Group+" has another gateway now")
		}
	}
	step.Confirm = len(step.Writes) > 0 && slices.ContainsFunc(aims, func(a aimedRoute) bool {
		return !names(old, hostname.Of(a.Service), a.subset)
	})
	step.Complete = slices.Equal(step.Programmed, lanesOfEntry(plan))
	return step, nil
}

// aimedRoute is a route and the subset it goes to in this step.
type aimedRoute struct {
	lane.IngressRoute
	subset string
}

// aimRoutes gives every route the best subset that it may name now. A route
// whose baseline may not be named yet is left out: requests meet what they met
// before there was a rule for them.
//
// What the object names already it may go on naming: nobody removes a subset
// meanwhile. Other objects do not count, since the cache's copy of them may be
// an old one; of the object itself the write would find out.
func (p *Provider) aimRoutes(plan lane.IngressPlan, old *networkingv1.VirtualService, services liveServices, now time.Time) ([]aimedRoute, time.Duration) {
	var aims []aimedRoute
	var again time.Duration
	may := func(service types.NamespacedName, subset string) bool {
		if names(old, hostname.Of(service), subset) {
			return true
		}
		of, ok := services[service].(*live)
		if !ok {
			again = sooner(again, p.settle)
			return false
		}
		yes, wait := of.nameable(subset, now)
		if !yes && wait == 0 {
			wait = p.settle // not defined or not marked yet; its own write tells us, too
		}
		if !yes {
			again = sooner(again, wait)
		}
		return yes
	}
	for _, route := range plan.Routes {
		switch {
		case route.InLane && may(route.Service, route.Lane):
			aims = append(aims, aimedRoute{route, route.Lane})
		case may(route.Service, route.Baseline):
			aims = append(aims, aimedRoute{route, route.Baseline})
		}
	}
	return aims, again
}

// wants is the subset that the plan has for a route.
func wants(r lane.IngressRoute) string {
	if r.InLane {
		return r.Lane
	}
	return r.Baseline
}

// programmedEntry are the lanes all of whose routes go where the plan says.
func programmedEntry(plan lane.IngressPlan, aims []aimedRoute) []string {
	return slices.DeleteFunc(lanesOfEntry(plan), func(name string) bool {
		planned, there := 0, 0
		for _, r := range plan.Routes {
			if r.Lane == name {
				planned++
			}
		}
		for _, a := range aims {
			if a.Lane == name && a.subset == wants(a.IngressRoute) {
				there++
			}
		}
		return there < planned
	})
}

// stamped are the plan's lanes that live routes stamp.
func stamped(plan lane.IngressPlan, l *liveIngress) []string {
	return slices.DeleteFunc(lanesOfEntry(plan), func(name string) bool { return !l.Names(name) })
}

func lanesOfEntry(plan lane.IngressPlan) []string {
	var out []string
	for _, r := range plan.Routes {
		out = append(out, r.Lane)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func whyEntry(plan lane.IngressPlan, l *liveIngress, old, vs *networkingv1.VirtualService) (string, trafficprovider.Cause) {
	var r reasons
	switch {
	case len(l.entries) == 0:
		return "group " + plan.Group + " gets its entry", trafficprovider.TakeOver
	case old == nil:
		return "group " + plan.Group + " has another gateway now", trafficprovider.TakeOver
	}
	was := subsetOfRoute(old)
	is := subsetOfRoute(vs)
	for _, route := range plan.Routes {
		from, to := was[route.Name], is[route.Name]
		switch {
		case from == to:
		case to == route.Lane:
			r.add(trafficprovider.Join, "lane "+route.Lane+" joins")
		default:
			r.add(trafficprovider.Leave, "lane "+route.Lane+" enters at "+to)
		}
	}
	r.all = slices.Compact(r.all)
	return r.result()
}

func subsetOfRoute(vs *networkingv1.VirtualService) map[string]string {
	out := map[string]string{}
	for _, r := range vs.Spec.Http {
		if len(r.Route) > 0 {
			out[r.Name] = r.Route[0].GetDestination().GetSubset()
		}
	}
	return out
}
