package lane

import (
	"fmt"
	"slices"
	"strings"
)

// LeftOut is an ingress rule of a lane of which no route can be made, and why.
type LeftOut struct {
	Lane, Rule string
	Problem
	// InForce is set when the rule has routes of an earlier version, which stay.
	InForce bool
}

// String says which rule is left out, and why.
func (o LeftOut) String() string {
	what := "is left out"
	if o.InForce {
		what = "stays as it was before its last edit"
	}
	return fmt.Sprintf("ingress rule %s of lane %s %s: %s", o.Rule, o.Lane, what, o.Message)
}

// LeaveOut is the plan without a rule that no mesh takes. Nobody loses a route that way: the
// rule's routes among the live ones, by their names, stay as they are.
func (p IngressPlan) LeaveOut(o LeftOut, live map[string]int32) IngressPlan {
	routes := make([]IngressRoute, 0, len(p.Routes))
	for _, r := range p.Routes {
		if r.rule() == o.Lane+"/"+o.Rule {
			if _, ok := live[r.Name]; !ok {
				continue
			}
			r.AsInForce, o.InForce = true, true
		}
		routes = append(routes, r)
	}
	p.Routes = routes
	p.LeftOut = append(slices.Clip(p.LeftOut), o)
	slices.SortStableFunc(p.LeftOut, func(a, b LeftOut) int { return strings.Compare(a.Lane, b.Lane) })
	return p
}

// RulePlan is the plan of one rule's routes, without any patch: what the mesh says of it is
// about the rule.
type RulePlan struct {
	Lane, Rule string
	Plan       IngressPlan
}

// Rules returns a plan for each of the rules of which routes are made anew.
func (p IngressPlan) Rules() []RulePlan {
	var out []RulePlan
	for _, r := range p.Routes {
		laneName, rule, _ := strings.Cut(r.rule(), "/")
		if r.AsInForce || slices.ContainsFunc(out, func(o RulePlan) bool { return o.Lane == laneName && o.Rule == rule }) {
			continue // the routes of one rule ask for the same, but for headers
		}
		r.Policy = Policy{}
		out = append(out, RulePlan{laneName, rule, IngressPlan{Group: p.Group, Gateway: p.Gateway, RouteHeader: p.RouteHeader, Routes: []IngressRoute{r}}})
	}
	return out
}

// RulesOf is the plan of a lane's rules alone, as if its ingress services were in it; empty
// without a gateway. Rules of which it is known that no route can be made are left out.
func (g Group) RulesOf(laneName string) IngressPlan {
	l, _ := g.Lane(laneName)
	if g.Ingress == nil {
		return IngressPlan{}
	}
	p := IngressPlan{Group: g.Name, Gateway: g.Ingress.Gateway, RouteHeader: g.RouteHeader}
	for _, rule := range l.Rules {
		if rule.Problem != nil {
			continue
		}
		if route, problem := ingressRoute(l, rule, Plan{Baseline: Member{Lane: l.Name}}, nil); problem == nil {
			p.Routes = append(p.Routes, route)
		}
	}
	return p
}

// restRoute ends the name of a baseline's route for requests that have no header of the rule.
const restRoute = "/default"

// rule is "<lane>/<rule>" of the route.
func (r IngressRoute) rule() string { return strings.TrimSuffix(r.Name, restRoute) }
