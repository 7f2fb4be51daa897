package lane

import (
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// By weight the lanes share out the requests that the group's one rule matches: 60 for lane s1
// and 20 each for s2 and s3. A lane's share is stamped with its tag, and meets its pods from
// the first Service on that has some: where the ingress service is not in lane s3, the
// baseline's pods answer there, and the request carries the tag s3 on.
//
// Weights are relative, as Istio takes them (HTTPRouteDestination.weight). One route has one
// ingress service, since its patches and retries are those of one: the baseline's lane says
// which, or else the first lane that has a share.

// weightedPrefix begins the names of the routes by weight.
const weightedPrefix = "weighted/"

// newWeightedRules are the alternatives of a group's weightedRoutingRule, each as a rule that
// has no destination yet.
func newWeightedRules(w apiv1.WeightedRoutingRule) []IngressRule {
	if len(w.RequestMatches) == 0 {
		return []IngressRule{newRule("all", apiv1.IngressRule{Hosts: w.Hosts})}
	}
	var out []IngressRule
	for i, m := range w.RequestMatches {
		out = append(out, newRule(fmt.Sprintf("requestMatches[%d]", i), apiv1.IngressRule{Hosts: w.Hosts, Match: m}))
	}
	return out
}

// newShare is where a lane's share goes, as a rule without a match; nil when it has none.
func newShare(w apiv1.IngressWeight) *IngressRule {
	if w.Destination.Host == "" {
		return nil
	}
	share := newRule("", apiv1.IngressRule{Route: apiv1.IngressRoute{Destination: w.Destination}})
	return &share
}

// RuleTitle names what a route is made of as a person finds it: a rule of a lane, the share of
// a lane, or an alternative of the group's weightedRoutingRule, which is of no lane.
func RuleTitle(laneName, rule string) string {
	switch {
	case laneName == "":
		return "weightedRoutingRule (" + rule + ")"
	case rule == "":
		return "ingressWeight of lane " + laneName
	}
	return "ingress rule " + rule + " of lane " + laneName
}

// shares are the lanes that have a part in the entry by weight, and the one whose ingress
// service it is; false when no lane names any.
func (g Group) shares(baseline string) (all []Lane, entry Lane, ok bool) {
	for _, l := range g.Lanes {
		// As with rules, those of a baseline that is being deleted stay.
		if l.Share != nil && (!l.Deleting || l.Name == baseline || g.IsBaseline(l.Name)) {
			all = append(all, l)
		}
	}
	if len(all) == 0 {
		return nil, Lane{}, false
	}
	first := slices.IndexFunc(all, func(l Lane) bool { return l.Name == baseline })
	if first < 0 {
		first = max(0, slices.IndexFunc(all, func(l Lane) bool { return l.Weight > 0 }))
	}
	return all, all[first], true
}

// weightedRules are the rules by weight with the ingress service that they go to, and the
// lanes that are left out, since theirs is another.
func (p *IngressPlan) weightedRules(g Group) (rules []IngressRule, left []LeftOut) {
	all, entry, ok := g.shares(p.Baseline)
	if !ok {
		return nil, nil
	}
	for _, l := range all {
		switch {
		case l.Weight == 0:
		case l.Share.Service != entry.Share.Service || l.Share.Port != 0 && l.Share.Port != entry.Share.Port:
			left = append(left, LeftOut{Lane: l.Name, Problem: Problem{apiv1.ReasonInvalid, fmt.Sprintf(
				"it goes to %s, and the requests are shared out at %s, as lane %s says: let both name one Service and one port", l.Share.to(), entry.Share.to(), entry.Name)}})
		default:
			p.shares = append(p.shares, Destination{Lane: l.Name, Weight: l.Weight, Why: Reason{ReasonWeight, fmt.Sprintf(
				"its ingressWeight is %d", l.Weight)}})
		}
	}
	if len(p.shares) == 0 {
		p.shares = []Destination{{Lane: p.Baseline, Why: Reason{ReasonWeight, "no lane has a weight, and it is for everybody else"}}}
	}
	for _, rule := range g.Ingress.Weighted {
		rule.Service, rule.Host, rule.Port = entry.Share.Service, entry.Share.Host, entry.Share.Port
		rules = append(rules, rule)
	}
	return rules, left
}

// to is a rule's destination in words.
func (r IngressRule) to() string {
	if r.Port == 0 {
		return r.Service.String()
	}
	return fmt.Sprintf("%s port %d", r.Service, r.Port)
}

// Shares says how the lanes share out the requests; empty where they do not.
func (p IngressPlan) Shares() string {
	i := slices.IndexFunc(p.Routes, func(r IngressRoute) bool { return r.Lane == "" })
	if i < 0 {
		return ""
	}
	r, sum := p.Routes[i], int32(0)
	for _, d := range r.Destinations {
		sum += d.Weight
	}
	if sum == 0 {
		if p.Baseline == AllVersions {
			return "no lane has a weight, so that all requests enter no lane, and meet all versions"
		}
		return "no lane has a weight, so that all requests enter lane " + p.Baseline + ", the baseline"
	}
	var parts, elsewhere []string
	for _, d := range r.Destinations {
		parts = append(parts, fmt.Sprintf("%s %.4g %%", d.Lane, float64(d.Weight)*100/float64(sum)))
		if !d.InLane {
			elsewhere = append(elsewhere, d.Lane)
		}
	}
	out := "by weight: " + strings.Join(parts, ", ")
	if sum != 100 {
		out += fmt.Sprintf(" (the weights sum to %d, and are relative)", sum)
	}
	out += p.staying()
	if len(elsewhere) > 0 {
		out += fmt.Sprintf("; %s is not in lane %s: the share carries the tag, and meets lane %s there", r.Service, strings.Join(elsewhere, ", "), r.Baseline)
	}
	return out
}

// staying says by what clients stay in their lane; empty where they do not.
func (p IngressPlan) staying() string {
	name, all := "", true
	for _, r := range p.Routes {
		if r.Sticky != nil {
			name = r.Sticky.Name
		} else if r.Lane == "" {
			all = false
		}
	}
	switch {
	case name == "":
		return ""
	case !all:
		return "; clients stay in their lane by the cookie " + name + ", but for requests that a rule tells by a cookie of its own"
	}
	return "; clients stay in their lane by the cookie " + name
}
