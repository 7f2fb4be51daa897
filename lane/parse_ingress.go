package lane

import (
	"fmt"
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
		out.Unsupported = &Problem{apiv1.ReasonNotYetSupported,
			"entry by weight is not built yet: use ingressRoutingStrategy rule_based and the lanes' ingressRules"}
	}
	return out
}

func newRule(i int, r apiv1.IngressRule) IngressRule {
	out := IngressRule{
		Name: r.Name, RequestMatch: RequestMatch{Hosts: r.Hosts, URI: newMatch(r.Match.URI)},
		Service: ServiceOfHost(r.Route.Destination.Host),
		Host:    r.Route.Destination.Host, Port: r.Route.Destination.PortNum,
		Problem: ruleProblem(r),
	}
	if out.Name == "" {
		out.Name = fmt.Sprintf("rule-%d", i)
	}
	if len(out.Hosts) == 0 {
		out.Hosts = []string{"*"}
	}
	for name, m := range r.Match.Headers {
		if match := newMatch(m); match != nil {
			if out.Headers == nil {
				out.Headers = map[string]Match{}
			}
			// Envoy compares header names in lower case.
			out.Headers[strings.ToLower(name)] = *match
		}
	}
	return out
}

// takenNames are those that routes go by, which are told apart by them: the name of the rule,
// and what ends the names of its other routes.
type takenNames map[string]bool

// take is false, and takes nothing, where one of a rule's names is taken.
func (n takenNames) take(rule string) bool {
	names := []string{rule, rule + restRoute, rule + SafeRoute, rule + restRoute + SafeRoute}
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
