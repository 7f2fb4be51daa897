package lane

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

func newIngress(group *apiv1.ASMSwimLaneGroup) *Ingress {
	in := group.Spec.Ingress
	if in.Gateway.Name == "" {
		return nil
	}
	out := &Ingress{Gateway: types.NamespacedName{Namespace: in.Gateway.Namespace, Name: in.Gateway.Name}}
	if in.IngressRouting.IngressRoutingStrategy == apiv1.StrategyWeighted {
		out.Weighted = newWeightedRules(in.IngressRouting.WeightedRoutingRule)
		out.Cookie, _ = newCookie(group)
	}
	return out
}

func newRule(name string, r apiv1.IngressRule) IngressRule {
	out := IngressRule{
		Name: name, RequestMatch: newRequestMatch(r.Hosts, r.Match),
		Service: ServiceOfHost(r.Route.Destination.Host),
		Host:    r.Route.Destination.Host, Port: r.Route.Destination.PortNum,
		Problem: ruleProblem(r),
	}
	return out
}

func newRequestMatch(hosts []string, m apiv1.RequestMatch) RequestMatch {
	out := RequestMatch{Hosts: hosts, URI: newMatch(m.URI), Method: newMatch(m.Method),
		// Envoy compares header names in lower case.
		Headers: newMatches(m.Headers, strings.ToLower), Query: newMatches(m.QueryParams, strings.Clone)}
	if len(out.Hosts) == 0 {
		out.Hosts = []string{"*"}
	}
	if match := newMatch(m.Cookie.StringMatch); match != nil {
		if match.Kind == MatchRegex {
			match.Value = cookieExpression(match.Value)
		}
		out.Cookie = &CookieMatch{m.Cookie.Name, *match}
	}
	return out
}

func newMatches(all map[string]apiv1.StringMatch, name func(string) string) map[string]Match {
	var out map[string]Match
	for key, m := range all {
		if match := newMatch(m); match != nil {
			if out == nil {
				out = map[string]Match{}
			}
			out[name(key)] = *match
		}
	}
	return out
}

// takenNames are those that routes go by, which are told apart by them: the name of the rule,
// and what ends the names of its other routes.
type takenNames map[string]bool

// take is false, and takes nothing, where one of a rule's names is taken.
func (n takenNames) take(rule string) bool {
	var names []string
	for _, rest := range []string{"", restRoute} {
		for _, way := range []string{"", BaggageRoute, TracedRoute} {
			names = append(names, rule+rest+way, rule+rest+way+SafeRoute)
		}
	}
	if slices.ContainsFunc(names, func(name string) bool { return n[name] }) {
		return false
	}
	for _, name := range names {
		n[name] = true
	}
	return true
}

func newMatch(m apiv1.StringMatch) *Match {
	switch {
	case m.Exact != "":
		return &Match{MatchExact, m.Exact}
	case m.Prefix != "":
		return &Match{MatchPrefix, m.Prefix}
	case m.Regex != "":
		return &Match{MatchRegex, m.Regex}
	}
	return nil
}

// ServiceOfHost returns the Service of a DNS name: name.namespace, with or without svc
// and the cluster's domain behind it. The namespace is empty when the host has none, or is
// no Service's.
func ServiceOfHost(host string) types.NamespacedName {
	name, rest, _ := strings.Cut(host, ".")
	namespace, domain, _ := strings.Cut(rest, ".")
	if !slices.Contains([]string{"", "svc", "svc.cluster.local"}, domain) {
		return types.NamespacedName{Name: host}
	}
	return types.NamespacedName{Namespace: namespace, Name: name}
}
