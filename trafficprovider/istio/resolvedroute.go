package istio

import (
	"slices"
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// resolvedRoute is an ingress route and the subsets it goes to in this step, one for
// each of its destinations.
type resolvedRoute struct {
	lane.IngressRoute
	subsets []string
	// written are the routes that stay to the letter; none for one that is made.
	written []*networkingapi.HTTPRoute
}

// resolveRoutes gives every route the best subsets that it may name now. A route
// of which not even the baseline may be named yet is left out: requests meet what
// they met before there was a rule for them.
//
// What the object names already it may go on naming: nobody removes a subset
// meanwhile. Other objects do not count, since the cache's copy of them may be
// an old one; of the object itself the write would find out.
func (p *Provider) resolveRoutes(plan lane.IngressPlan, l *liveIngress, old *networkingv1.VirtualService, services liveServices, now time.Time) ([]resolvedRoute, time.Duration) {
	r := resolver{settle: p.settle, old: old, services: services, now: now}
	var resolved []resolvedRoute
	for _, route := range plan.Routes {
		if route.AsWritten {
			if written, subsets := l.written(route.Name, route.Lane == ""); len(written) > 0 {
				resolved = append(resolved, resolvedRoute{route, subsets, written})
			}
		} else if subsets, ok := r.subsetsOf(route); ok {
			resolved = append(resolved, resolvedRoute{IngressRoute: route, subsets: subsets})
		}
	}
	return resolved, r.again
}

// resolver knows which subsets routes may name now.
type resolver struct {
	settle   time.Duration
	old      *networkingv1.VirtualService
	services liveServices
	now      time.Time
	// again is when the first subset may be named that may not be now.
	again time.Duration
}

// subsetsOf are the subsets of a route's destinations; false while one of them may
// name none.
func (r *resolver) subsetsOf(route lane.IngressRoute) ([]string, bool) {
	var out []string
	for _, d := range route.Destinations {
		switch {
		case d.InLane && r.may(route.Service, d.Lane):
			out = append(out, d.Lane)
		case r.may(route.Service, route.Baseline):
			out = append(out, route.Baseline)
		default:
			return nil, false
		}
	}
	return out, true
}

func (r *resolver) may(service types.NamespacedName, subset string) bool {
	if routesTo(r.old, hostname.Of(service), subset) {
		return true
	}
	of, ok := r.services[service].(*live)
	if !ok {
		r.again = sooner(r.again, r.settle)
		return false
	}
	yes, wait := of.nameable(subset, r.now)
	if !yes && wait == 0 {
		wait = r.settle // not defined or not marked yet; its own write tells us, too
	}
	if !yes {
		r.again = sooner(r.again, wait)
	}
	return yes
}

// namedBy reports whether all of the route's subsets are named by an ingress.
func (r resolvedRoute) namedBy(vs *networkingv1.VirtualService) bool {
	return !slices.ContainsFunc(r.subsets, func(subset string) bool { return !routesTo(vs, hostname.Of(r.Service), subset) })
}

// gray reports whether requests of the route go to a gray lane's subset. Where others of them
// go to the baseline's, they too are sent again only when no pod has seen them.
func (r resolvedRoute) gray() bool {
	return slices.ContainsFunc(r.subsets, func(subset string) bool { return subset != r.Baseline })
}

// asPlanned reports whether a destination goes to the subset that the plan has for it.
func (r resolvedRoute) asPlanned(i int) bool {
	if d := r.Destinations[i]; r.AsWritten {
		return true
	} else if d.InLane {
		return r.subsets[i] == d.Lane
	}
	return r.subsets[i] == r.Baseline
}

// programmedIngress are the lanes all of whose destinations are where the plan says.
func programmedIngress(plan lane.IngressPlan, resolved []resolvedRoute) []string {
	missing := map[string]int{}
	for _, r := range plan.Routes {
		for _, d := range r.Destinations {
			missing[d.Lane]++
		}
	}
	for _, r := range resolved {
		for i, d := range r.Destinations {
			if r.asPlanned(i) {
				missing[d.Lane]--
			}
		}
	}
	return slices.DeleteFunc(plan.Lanes(), func(name string) bool { return missing[name] > 0 })
}
