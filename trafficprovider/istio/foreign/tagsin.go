package foreign

import (
	"fmt"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Only the routes of a group's ingress stamp a request. Any other route on the Gateway lets
// the tag in that a client sent, and whoever knows a lane's name meets its versions.

// waysIn is how many routes are named that let tags in: a gateway that many share has many, and
// one cure.
const waysIn = 3

const (
	cureTags = "add the header to headers.request.remove of these routes"
	// cureTagsOfGroups is for entries of other groups, which nobody may edit.
	cureTagsOfGroups = "give the groups the same routeHeader and traceHeader, or Gateways of different pods"
)

// LetTagsIn returns the notes on the routes of others, on the Gateway and on those beside
// it, that neither set nor remove the header of the tag; nil without such routes. A route
// that delegates is asked for what it says itself. groupOf is the group whose entry a
// VirtualService is, empty for none.
func (in Ingress) LetTagsIn(foreign []*networkingv1.VirtualService, header string, groupOf func(*networkingv1.VirtualService) string) []lane.Problem {
	var ways, groups []string
	servers := in.servers()
	for _, vs := range foreign {
		if len(listsOf(vs, servers)) == 0 || !in.knows(vs) {
			continue
		}
		group := groupOf(vs)
		for i, r := range vs.Spec.Http {
			switch {
			case !passesOn(r, header):
			case group != "":
				groups = append(groups, fmt.Sprintf("VirtualService %s of group %s (route %s)", nameOf(vs), group, routeName(r, i)))
			default:
				ways = append(ways, fmt.Sprintf("VirtualService %s (route %s)", nameOf(vs), routeName(r, i)))
			}
		}
	}
	return append(tagsComeBy(ways, header, cureTags), tagsComeBy(groups, header, cureTagsOfGroups)...)
}

func tagsComeBy(ways []string, header, cure string) []lane.Problem {
	if len(ways) == 0 {
		return nil
	}
	return []lane.Problem{{Reason: apiv1.ReasonConflict, Message: fmt.Sprintf(
		"clients can choose a lane by sending the header %s themselves, through %s: %s", header, lane.FirstOf(ways, waysIn), cure)}}
}

// passesOn reports whether some request of the route goes on with the header that came with
// it.
func passesOn(r *networkingapi.HTTPRoute, header string) bool {
	if r.Redirect != nil || r.DirectResponse != nil || decidesOn(r.Headers, header) {
		return false
	}
	return len(r.Route) == 0 || slices.ContainsFunc(r.Route, func(d *networkingapi.HTTPRouteDestination) bool { return !decidesOn(d.Headers, header) })
}

// decidesOn reports whether the header is set or removed.
func decidesOn(h *networkingapi.Headers, header string) bool {
	if slices.ContainsFunc(h.GetRequest().GetRemove(), func(name string) bool { return strings.EqualFold(name, header) }) {
		return true
	}
	for name := range h.GetRequest().GetSet() {
		if strings.EqualFold(name, header) {
			return true
		}
	}
	return false
}
