package foreign

import (
	"fmt"
	"iter"
	"maps"
	"slices"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"lanekeeper.io/lane"
)

const cureRest = "if they are to follow that rule, ask for them by a uri of the rule's own, or take that route away"

// CheckRest is about a rule of ours that takes everything, and a route on the Gateway, or
// on one beside it, that takes a part of that. Istio puts routes for everything last, so
// theirs is met, however old either is. A rule for everything means the rest, so that is
// no conflict; nil without such a pair. group is as for Check.
func (in Ingress) CheckRest(foreign *networkingv1.VirtualService, group string) *Finding {
	for gateway, host := range in.shared(foreign) {
		for p := range in.overlapping(foreign, gateway, host) {
			if takesAll(p.ours) && !takesAll(p.theirs) {
				return &Finding{object: entryOf(foreign, group), cure: cureRest, effect: fmt.Sprintf(
					"is %s and its route %s takes requests that rule %s asks for, since a rule for everything comes last", in.where(gateway), p.name, p.ours.Name)}
			}
		}
	}
	return nil
}

// shared are the hosts for which both have routes in one list, with the Gateway that the
// other has the host by.
func (in Ingress) shared(foreign *networkingv1.VirtualService) iter.Seq2[*networkingv1.Gateway, string] {
	return func(yield func(*networkingv1.Gateway, string) bool) {
		if !in.sees(foreign) {
			return
		}
		servers := in.servers()
		ours, theirs := listsOf(in.VirtualService, servers), listsOf(foreign, servers)
		for _, list := range slices.Sorted(maps.Keys(ours)) {
			for _, host := range slices.Sorted(maps.Keys(ours[list])) {
				if gateway, ok := theirs[list][host]; ok && !yield(gateway, host) {
					return
				}
			}
		}
	}
}

// pair is a route of ours and one of the other, with its name, that can match one request.
type pair struct {
	ours, theirs *networkingapi.HTTPRoute
	name         string
}

// overlapping are the pairs of routes for a host, in order. gateway is the one that the
// other has the host by.
func (in Ingress) overlapping(foreign *networkingv1.VirtualService, gateway *networkingv1.Gateway, host string) iter.Seq[pair] {
	return func(yield func(pair) bool) {
		for _, route := range in.Routes {
			ours := in.merged(route.Name)
			if ours == nil || !slices.ContainsFunc(route.Hosts, func(h string) bool { return lane.HostWithin(host, h) || lane.HostWithin(h, host) }) {
				continue
			}
			for i, theirs := range foreign.Spec.Http {
				if overlapOn(ours, nameOf(in.Gateway), theirs, nameOf(gateway)) && !yield(pair{ours, theirs, routeName(theirs, i)}) {
					return
				}
			}
		}
	}
}
