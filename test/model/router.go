package model

import (
	"cmp"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// The proxies, as Istio and Envoy are documented and were measured to behave.
// Nothing here calls the product.

// request is what matters of a request to a Service or to the gateway: its
// headers, and its method where it is not GET.
type request map[string]string

const method = ":method"

// routeOf is the first route that a request matches; nil when none does.
func routeOf(vs *networkingapi.VirtualService, r request) *networkingapi.HTTPRoute {
	for _, route := range vs.Http {
		if len(route.Match) == 0 || slices.ContainsFunc(route.Match, func(m *networkingapi.HTTPMatchRequest) bool { return matches(m, r) }) {
			return route
		}
	}
	return nil
}

// matches knows the matches of the model's world: exact headers, methods, and a
// prefix that every path has.
func matches(m *networkingapi.HTTPMatchRequest, r request) bool {
	if m.Uri != nil && m.Uri.GetPrefix() != "/" {
		panic("the router does not know " + m.Uri.String())
	}
	if m.Method != nil && !slices.Contains(strings.Split(m.Method.GetRegex(), "|"), cmp.Or(r[method], "GET")) {
		return false
	}
	for name, want := range m.Headers {
		if is, ok := r[name]; !ok || is != want.GetExact() {
			return false
		}
	}
	return true
}

// byAge orders objects of one namespace as Istio does.
func byAge(a, b client.Object) int {
	born, other := a.GetCreationTimestamp(), b.GetCreationTimestamp()
	return cmp.Or(born.Compare(other.Time), strings.Compare(a.GetName(), b.GetName()))
}

// mergeRules is what Istio makes of the DestinationRules of one host: the subsets of
// all, of one name the oldest's, and the oldest's policy; nil of none.
func mergeRules(rules []*networkingv1.DestinationRule) *networkingapi.DestinationRule {
	if len(rules) == 0 {
		return nil
	}
	rules = slices.SortedFunc(slices.Values(rules), func(a, b *networkingv1.DestinationRule) int { return byAge(a, b) })
	out := &networkingapi.DestinationRule{TrafficPolicy: rules[0].Spec.TrafficPolicy}
	for _, rule := range rules {
		for _, s := range rule.Spec.Subsets {
			if _, ok := subsetOf(out, s.Name); !ok {
				out.Subsets = append(out.Subsets, s)
			}
		}
	}
	return out
}

// destination is the only one of a route.
func destination(route *networkingapi.HTTPRoute) *networkingapi.Destination {
	return route.Route[0].Destination
}

// subsetOf finds a subset; false when the rule does not define it, in which
// case requests are answered 503.
func subsetOf(rule *networkingapi.DestinationRule, name string) (*networkingapi.Subset, bool) {
	if rule == nil {
		return nil, false
	}
	i := slices.IndexFunc(rule.Subsets, func(s *networkingapi.Subset) bool { return s.Name == name })
	if i < 0 {
		return nil, false
	}
	return rule.Subsets[i], true
}

// reached are the endpoints that serve the requests of a cluster: of a subset,
// or of the Service as a whole when subset is nil.
func reached(rule *networkingapi.DestinationRule, subset *networkingapi.Subset, endpoints []*corev1.Pod) []*corev1.Pod {
	if subset != nil {
		endpoints = slices.DeleteFunc(slices.Clone(endpoints), func(p *corev1.Pod) bool {
			for k, v := range subset.Labels {
				if p.Labels[k] != v {
					return true
				}
			}
			return false
		})
	}
	priority := ranking(rule, subset)
	best, out := -1, []*corev1.Pod(nil)
	for _, p := range endpoints {
		rank := matched(priority, p.Labels)
		if rank > best {
			best, out = rank, nil
		}
		if rank == best {
			out = append(out, p)
		}
	}
	return out
}

// ranking is the failoverPriority in force. A subset's blocks replace those of
// the rule's top level; without outlierDetection there are no priorities.
func ranking(rule *networkingapi.DestinationRule, subset *networkingapi.Subset) []string {
	balancer, detection := rule.GetTrafficPolicy().GetLoadBalancer(), rule.GetTrafficPolicy().GetOutlierDetection()
	if p := subset.GetTrafficPolicy(); p != nil {
		if p.LoadBalancer != nil {
			balancer = p.LoadBalancer
		}
		if p.OutlierDetection != nil {
			detection = p.OutlierDetection
		}
	}
	if detection == nil {
		return nil
	}
	return balancer.GetLocalityLbSetting().GetFailoverPriority()
}

// matched counts how many entries an endpoint has before the first that it
// lacks. `key=` asks for endpoints without the label. Of a key that occurs twice
// the last value counts.
func matched(priority []string, labels map[string]string) int {
	values := map[string]string{}
	var keys []string
	for _, entry := range priority {
		key, value, _ := strings.Cut(entry, "=")
		values[key] = value
		keys = append(keys, key)
	}
	for i, key := range keys {
		if labels[key] != values[key] {
			return i
		}
	}
	return len(keys)
}

// takesAll: Istio puts the route behind all others of its host on a gateway.
func takesAll(route *networkingapi.HTTPRoute) bool {
	return slices.ContainsFunc(route.Match, func(m *networkingapi.HTTPMatchRequest) bool {
		return len(m.Headers) == 0 && m.Method == nil
	})
}
