package istio

import (
	"regexp"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// ingressRoutes is the VirtualService of a group's gateway.
func ingressRoutes(plan lane.IngressPlan, routes []resolvedRoute, name types.NamespacedName, old *networkingv1.VirtualService) (*networkingv1.VirtualService, error) {
	vs := emptyRoutes(name, ingressLabels(plan.Group), old)
	if plan.Baseline != "" {
		vs.Annotations = replaceOurs(vs.Annotations, map[string]string{apiv1.AnnotationBaseline: plan.Baseline})
	}
	vs.Spec.Gateways = []string{plan.Gateway.String()}
	vs.Spec.ExportTo = everyNamespace()
	hosts, alike := hostsOf(routes)
	vs.Spec.Hosts = hosts
	for _, r := range routes {
		if r.AsWritten {
			vs.Spec.Http = append(vs.Spec.Http, asWritten(r, alike)...)
			continue
		}
		for _, r := range staying(r) {
			if err := appendIngressRoutes(vs, plan, r, alike); err != nil {
				return nil, err
			}
		}
	}
	return vs, nil
}

// appendIngressRoutes appends a route for each way in which requests come.
func appendIngressRoutes(vs *networkingv1.VirtualService, plan lane.IngressPlan, r resolvedRoute, alike bool) error {
	for _, way := range entryWays(plan.Tag, r.RequestMatch) {
		route, err := mergeRoute(r.Policy, r.Service, plan.OwnHeaders(), ingressRoute(plan, r, alike, way))
		if err != nil {
			return err
		}
		vs.Spec.Http = append(vs.Spec.Http, withRetries(route, r.gray() && plan.Mode != lane.Strict)...)
	}
	return nil
}

// ingressRoute stamps the lane on the request, whatever subset it enters at: a
// later service may be in the lane. Where there are several destinations, each
// stamps its own.
func ingressRoute(plan lane.IngressPlan, r resolvedRoute, alike bool, way entryWay) *networkingapi.HTTPRoute {
	route := way.of(&networkingapi.HTTPRoute{Name: r.Name, Match: matchesOf(r.RequestMatch, alike)})
	for i, d := range r.Destinations {
		destination := &networkingapi.Destination{Host: hostname.Of(r.Service), Subset: r.subsets[i]}
		if r.Port != 0 {
			destination.Port = &networkingapi.PortSelector{Number: uint32(r.Port)}
		}
		stamped := stampTag(plan.Tag, d.Tag, way)
		if len(r.Destinations) == 1 {
			route.Headers, stamped = stamped, nil
		}
		if r.Sticky != nil {
			stamped.Response = setBucket(r.Sticky.Cookie, r.Sticky.Buckets[i].Number)
		}
		route.Route = append(route.Route, &networkingapi.HTTPRouteDestination{Destination: destination, Weight: d.Weight, Headers: stamped})
	}
	return route
}

// stampTag sets the tag of a request, or takes it off.
func stampTag(by lane.Tag, tag string, way entryWay) *networkingapi.Headers {
	if by.RouteHeader == "" {
		return nil
	}
	out := &networkingapi.Headers_HeaderOperations{}
	if tag == "" {
		out.Remove = []string{by.RouteHeader}
	} else {
		out.Set = map[string]string{by.RouteHeader: tag}
	}
	if way.stamp != nil {
		way.stamp(out, tag)
	}
	return &networkingapi.Headers{Request: out}
}

// hostsOf is what the VirtualService listens to, and whether all routes listen
// to all of it: those that do need not ask for the host again. Hosts that a wider
// one covers are left out, since Istio refuses a VirtualService with both
// ("duplicate hosts", pkg/config/validation); routes ask for theirs by themselves.
func hostsOf(routes []resolvedRoute) (hosts []string, alike bool) {
	alike = true
	for _, r := range routes {
		hosts = append(hosts, r.Hosts...)
		alike = alike && slices.Equal(r.Hosts, routes[0].Hosts)
	}
	slices.Sort(hosts)
	hosts = slices.Compact(hosts)
	return slices.DeleteFunc(slices.Clone(hosts), func(h string) bool {
		return slices.ContainsFunc(hosts, func(wide string) bool { return !strings.EqualFold(wide, h) && lane.HostWithin(h, wide) })
	}), alike
}

// matchesOf are the alternatives of a route, one for each of its hosts where
// hosts matter; none for a route that takes everything.
func matchesOf(r lane.RequestMatch, alike bool) []*networkingapi.HTTPMatchRequest {
	hosts := r.Hosts
	if alike || slices.Contains(hosts, "*") {
		hosts = []string{"*"}
	}
	var out []*networkingapi.HTTPMatchRequest
	for _, host := range hosts {
		m := &networkingapi.HTTPMatchRequest{Uri: matchOf(r.URI), Authority: authority(host),
			Method: matchOf(r.Method), Headers: matchesIn(r.Headers), QueryParams: matchesIn(r.Query)}
		if r.Cookie != nil {
			m.Headers = with(m.Headers, cookieHeader, cookieMatch(*r.Cookie))
		}
		if proto.Size(m) == 0 {
			return nil
		}
		out = append(out, m)
	}
	return out
}

func matchesIn(all map[string]lane.Match) map[string]*networkingapi.StringMatch {
	var out map[string]*networkingapi.StringMatch
	for name, match := range all {
		out = with(out, name, matchOf(&match))
	}
	return out
}

func with(all map[string]*networkingapi.StringMatch, name string, m *networkingapi.StringMatch) map[string]*networkingapi.StringMatch {
	if all == nil {
		all = map[string]*networkingapi.StringMatch{}
	}
	all[name] = m
	return all
}

func matchOf(m *lane.Match) *networkingapi.StringMatch {
	if m == nil {
		return nil
	}
	switch m.Kind {
	case lane.MatchPrefix:
		return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Prefix{Prefix: m.Value}}
	case lane.MatchRegex:
		return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: m.Value}}
	}
	return exactly(m.Value)
}

// authority matches a request's host as a gateway does: in any case, with or
// without a port, and a star for one or more labels in front.
func authority(host string) *networkingapi.StringMatch {
	if host == "*" {
		return nil
	}
	pattern := regexp.QuoteMeta(host)
	if rest, ok := strings.CutPrefix(host, "*."); ok {
		pattern = `.+\.` + regexp.QuoteMeta(rest)
	}
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: `(?i)` + pattern + `(:[0-9]+)?`}}
}
