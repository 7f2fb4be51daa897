package foreign

import (
	"fmt"
	"maps"
	"slices"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"lanekeeper.io/lane"
)

// Ingress is what a group has, or is about to have, on a Gateway.
//
// On a Gateway all VirtualServices with the same host are one list of routes, of
// which the first that matches wins: those that not everybody sees, then the
// older, and routes that take everything behind all others. A request meets only
// the list of the host that is nearest to its own.
type Ingress struct {
	Gateway *networkingv1.Gateway
	// Beside are the other Gateways of the same workload. Their plain servers share
	// the lists of routes of a port: those bound to an older Gateway come first.
	Beside []*networkingv1.Gateway
	// VirtualService is ours as it is to be written, with the age of the one
	// there is.
	VirtualService *networkingv1.VirtualService
	// New is set while nothing of the group is on the Gateway: whom ours would break
	// there did not come after it, however old our object is.
	New bool
	// Routes are its routes before they were merged with patches.
	Routes []Route
}

// Route is a route of ours by its name, and the hosts that its rule is for.
type Route struct {
	Name  string
	Hosts []string
}

const cureOverlap = "let the matches of both exclude each other, or delete one of the two routes"

// Check compares a VirtualService on the Gateway, or on one beside it; nil when
// there is nothing to say. Should it be another group's, group is that one's name:
// which of two groups stays out is decided by the groups (lane.IngressClashes).
func (in Ingress) Check(foreign *networkingv1.VirtualService, group string) *Finding {
	if !in.sees(foreign) {
		return nil
	}
	servers := in.servers()
	ours, theirs := listsOf(in.VirtualService, servers), listsOf(foreign, servers)
	var f *Finding
	for _, list := range slices.Sorted(maps.Keys(ours)) {
		for _, host := range slices.Sorted(maps.Keys(ours[list])) {
			if gateway, ok := theirs[list][host]; ok {
				f = worse(f, in.sameHost(foreign, gateway, host))
			} else {
				f = worse(f, in.differentHosts(host, theirs[list].on(in.Gateway)))
			}
		}
	}
	if f == nil {
		return nil
	}
	f.object = entryOf(foreign, group)
	f.blocks = f.blocks && group == ""
	return f
}

// knows reports whether the Gateway's proxies know of the other. They know what their own namespace
// does (istio.io/istio initVirtualServices): the Gateway's, or Istio's own, where they often are.
func (in Ingress) knows(foreign *networkingv1.VirtualService) bool {
	audience := audienceOf(foreign.Spec.ExportTo, foreign.Namespace)
	return audience.has(in.Gateway.Namespace) || audience.has(RootNamespace)
}

// sees reports whether the Gateway's proxies take routes of the other.
func (in Ingress) sees(foreign *networkingv1.VirtualService) bool {
	return len(foreign.Spec.Http) > 0 && in.knows(foreign)
}

// entryOf names a VirtualService on a Gateway, which may be a group's.
func entryOf(vs *networkingv1.VirtualService, group string) string {
	out := "VirtualService " + nameOf(vs) + " (host " + namesOf(vs.Spec.Hosts) + ")"
	if group != "" {
		out += " of group " + group
	}
	return out
}

// where is how a message calls the Gateway that the other has a host by.
func (in Ingress) where(gateway *networkingv1.Gateway) string {
	if gateway == in.Gateway {
		return "on the same Gateway"
	}
	return "on Gateway " + nameOf(gateway) + ", which has the same workload and host,"
}

// sameHost compares routes of one list, a pair at a time. gateway is the one that
// the other has the host by. Of a route that takes everything and one that does not, the
// latter comes first: that is no conflict (CheckRest).
func (in Ingress) sameHost(foreign *networkingv1.VirtualService, gateway *networkingv1.Gateway, host string) *Finding {
	where := in.where(gateway)
	for p := range in.overlapping(foreign, gateway, host) {
		switch {
		case takesAll(p.ours) != takesAll(p.theirs):
			continue
		case in.isFirst(foreign, gateway):
			return &Finding{blocks: true, decides: true, cure: cureOverlap, effect: fmt.Sprintf(
				"is %s and comes first: its route %s takes requests that rule %s asks for", where, p.name, p.ours.Name)}
		case in.New:
			return &Finding{blocks: true, cure: cureOverlap, effect: fmt.Sprintf(
				"is %s and would come after the group's entry: its route %s would miss requests that rule %s takes", where, p.name, p.ours.Name)}
		}
		return &Finding{blocks: true, cure: cureOverlap, effect: fmt.Sprintf(
			"is %s and comes after the group's entry: its route %s misses requests that rule %s takes", where, p.name, p.ours.Name)}
	}
	return nil
}

// isFirst reports whether the routes of the other come before ours: those of an
// older Gateway do, and on one Gateway those of which not everybody knows, and of
// the older VirtualService.
func (in Ingress) isFirst(foreign *networkingv1.VirtualService, gateway *networkingv1.Gateway) bool {
	if gateway != in.Gateway {
		return isOlder(gateway, in.Gateway)
	}
	return !audienceOf(foreign.Spec.ExportTo, foreign.Namespace).everybody || isOlder(foreign, in.VirtualService)
}

// merged is our route of that name as it is written. The one before it for
// requests that are safe to repeat takes nothing that it would not.
func (in Ingress) merged(name string) *networkingapi.HTTPRoute {
	routes := in.VirtualService.Spec.Http
	i := slices.IndexFunc(routes, func(r *networkingapi.HTTPRoute) bool { return r.Name == name })
	if i < 0 {
		return nil
	}
	return routes[i]
}

// differentHosts is about hosts of which one is nearer: the routes of the other
// are not met on it. That a host is nearer than "*" surprises nobody.
func (in Ingress) differentHosts(host string, theirs []string) *Finding {
	for _, other := range theirs {
		named := lane.Brief(other)
		switch {
		case lane.HostWithin(host, other):
			return &Finding{blocks: true,
				effect: fmt.Sprintf("serves %s by its host %s, and would not while the group's entry has the nearer host", host, named),
				cure:   "add " + host + " to its hosts, or give the ingress rules its host"}
		case lane.HostWithin(other, host) && in.ruleFor(other) != "":
			return &Finding{decides: true, cure: "let one of the two have the host alone", effect: fmt.Sprintf(
				"has the host %s, which is nearer than the host %s of the group's entry: rule %s for it is not met", named, host, in.ruleFor(other))}
		case lane.HostWithin(other, host) && host != "*":
			return &Finding{
				effect: fmt.Sprintf("has the nearer host %s: the ingress rules for %s are not met there", named, host),
				cure:   "add " + named + " to the hosts of the rules, if they are to hold there"}
		}
	}
	return nil
}

// ruleFor is a rule of ours all of whose requests for a host of its own another's host takes; empty
// without one. Our entry has a wider host, since Istio refuses both in one object (istio hostsOf).
func (in Ingress) ruleFor(theirs string) string {
	for _, r := range in.Routes {
		if slices.ContainsFunc(r.Hosts, func(h string) bool { return h != "*" && lane.HostWithin(h, theirs) }) {
			return r.Name
		}
	}
	return ""
}

func routeName(r *networkingapi.HTTPRoute, index int) string {
	if r.Name != "" {
		return lane.Brief(r.Name)
	}
	return fmt.Sprintf("%d", index+1)
}
