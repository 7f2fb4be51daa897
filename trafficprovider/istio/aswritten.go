package istio

import (
	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// The route of a rule whose Service is not in order stays to the letter, subset and patch
// included: nothing is known that could take its place, and it costs no other rule anything.

// written are the live routes of a name, that of requests which are safe to repeat included, and
// the subsets that they go to.
func (l *liveIngress) written(name string) (routes []*networkingapi.HTTPRoute, subsets []string) {
	for _, vs := range l.ours {
		for _, r := range vs.Spec.Http {
			if r.Name == name || r.Name == name+lane.SafeRoute {
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

// asWritten asks anew for what the routes take: whether they have to ask for their hosts depends
// on the other routes.
func asWritten(r resolvedRoute, alike bool) []*networkingapi.HTTPRoute {
	var out []*networkingapi.HTTPRoute
	for _, live := range r.written {
		route := proto.Clone(live).(*networkingapi.HTTPRoute)
		route.Match = matchesOf(r.RequestMatch, alike)
		if live.Name != r.Name {
			route.Match = onlySafe(route.Match)
		}
		out = append(out, route)
	}
	return out
}

// onlySafe are the alternatives of a route for requests that are safe to repeat; one without any
// takes everything.
func onlySafe(matches []*networkingapi.HTTPMatchRequest) []*networkingapi.HTTPMatchRequest {
	if len(matches) == 0 {
		matches = []*networkingapi.HTTPMatchRequest{{}}
	}
	for _, m := range matches {
		m.Method = &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: safeMethods}}
	}
	return matches
}
