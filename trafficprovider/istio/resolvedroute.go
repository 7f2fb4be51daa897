package istio

import (
	"slices"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// resolvedRoute is an ingress route and the subset it goes to in this step.
type resolvedRoute struct {
	lane.IngressRoute
	subset string
}

// resolveRoutes gives every route the best subset that it may name now. A route
// whose baseline may not be named yet is left out: requests meet what they met
// before there was a rule for them.
//
// What the object names already it may go on naming: nobody removes a subset
// meanwhile. Other objects do not count, since the cache's copy of them may be
// an old one; of the object itself the write would find out.
func (p *Provider) resolveRoutes(plan lane.IngressPlan, old *networkingv1.VirtualService, services liveServices, now time.Time) ([]resolvedRoute, time.Duration) {
	var resolved []resolvedRoute
	var again time.Duration
	may := func(service types.NamespacedName, subset string) bool {
		if routesTo(old, hostname.Of(service), subset) {
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
			resolved = append(resolved, resolvedRoute{route, route.Lane})
		case may(route.Service, route.Baseline):
			resolved = append(resolved, resolvedRoute{route, route.Baseline})
		}
	}
	return resolved, again
}

// asPlanned reports whether the route goes to the subset that the plan has for it.
func (r resolvedRoute) asPlanned() bool {
	if r.InLane {
		return r.subset == r.Lane
	}
	return r.subset == r.Baseline
}

// programmedIngress are the lanes all of whose routes go where the plan says.
func programmedIngress(plan lane.IngressPlan, resolved []resolvedRoute) []string {
	return slices.DeleteFunc(lanesOfIngress(plan), func(name string) bool {
		planned, there := 0, 0
		for _, r := range plan.Routes {
			if r.Lane == name {
				planned++
			}
		}
		for _, r := range resolved {
			if r.Lane == name && r.asPlanned() {
				there++
			}
		}
		return there < planned
	})
}
