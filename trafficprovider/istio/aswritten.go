package istio

import (
	"strings"

	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// The route of a rule whose Service is not in order stays to the letter, subset and patch
// included: nothing is known that could take its place, and it costs no other rule anything.

// written are the live routes of a name, those of clients that stay included, and the subsets that
// they go to.
func (l *liveIngress) written(name string, weighted bool) (routes []*networkingapi.HTTPRoute, subsets []string) {
	for _, vs := range l.ours {
		for _, r := range vs.Spec.Http {
			if isOf(r.Name, name) || weighted && strings.HasPrefix(r.Name, name+"/") {
				routes = append(routes, r)
			}
			if r.Name == name {
				for _, d := range r.Route {
					subsets = append(subsets, d.GetDestination().GetSubset())
				}
			}
		}
		if len(routes) > 0 { // a group that moves between Gateways has them twice
			break
		}
	}
	return routes, subsets
}

// isOf reports whether a route is of that name, or beside it for requests that are safe to repeat or
// come another way.
func isOf(route, name string) bool {
	rest, ok := strings.CutPrefix(strings.TrimSuffix(route, lane.SafeRoute), name)
	return ok && (rest == "" || rest == lane.BaggageRoute || rest == lane.TracedRoute)
}

// asWritten asks anew for the hosts that the routes take: whether they have to depends on the
// other routes. All alternatives of one differ by their hosts alone.
func asWritten(r resolvedRoute, alike bool) []*networkingapi.HTTPRoute {
	var out []*networkingapi.HTTPRoute
	for _, live := range r.written {
		route := proto.Clone(live).(*networkingapi.HTTPRoute)
		out = append(out, route)
		hosts := matchesOf(r.RequestMatch, alike)
		if len(hosts) == 0 {
			continue
		}
		was := &networkingapi.HTTPMatchRequest{} // of a route that took everything on the hosts of all
		if len(live.Match) > 0 {
			was = live.Match[0]
		}
		route.Match = nil
		for _, host := range hosts {
			m := proto.Clone(was).(*networkingapi.HTTPMatchRequest)
			m.Authority = host.Authority
			route.Match = append(route.Match, m)
		}
	}
	return out
}
