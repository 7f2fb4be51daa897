package lane

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

// LeftOut is an ingress rule of which no route can be made, or a share that there can be no
// part for, and why (RuleTitle).
type LeftOut struct {
	Lane, Rule string
	Problem
	// InForce is set when the rule has routes from before, which stay.
	InForce bool
}

// String says which rule is left out, and why.
func (o LeftOut) String() string {
	what := "is left out"
	if o.InForce {
		what = "stays as it was"
	}
	return RuleTitle(o.Lane, o.Rule) + " " + what + ": " + o.Message
}

// Same reports whether both are of one rule.
func (o LeftOut) Same(other LeftOut) bool { return o.Lane == other.Lane && o.Rule == other.Rule }

// LiveRoute is a route of the entry as it is in force.
type LiveRoute struct {
	// RequestMatch is what it asks for; Readable is not set if somebody's edit asks for more.
	RequestMatch
	Readable bool
	Service  types.NamespacedName
	// Port is 0 where the route says none.
	Port int32
	// Buckets are those by which clients stay; none where they do not.
	Buckets []Bucket
}

// LeaveOut is the plan without a rule of which no route can be made. Nobody loses a route that
// way: those that the rule has among the live ones, by their names, stay as they are, to the
// letter if their Service is not in order, as long as that is known to have the port.
func (p IngressPlan) LeaveOut(o LeftOut, live map[string]LiveRoute) IngressPlan {
	routes := slices.DeleteFunc(slices.Clone(p.Routes), func(r IngressRoute) bool { return r.Lane == o.Lane && r.Rule == o.Rule })
	for _, rest := range []bool{false, true} {
		if r, ok := p.inForce(o, rest, live); ok {
			routes = append(routes, r)
			o.InForce = true
		}
	}
	p.Routes = inOrder(routes, p.Baseline)
	p.LeftOut = append(slices.Clip(p.LeftOut), o)
	slices.SortStableFunc(p.LeftOut, func(a, b LeftOut) int { return strings.Compare(a.Lane, b.Lane) })
	return p
}

// inForce is a route of an earlier version of a rule: the main one, or that of the rest.
func (p IngressPlan) inForce(o LeftOut, rest bool, live map[string]LiveRoute) (IngressRoute, bool) {
	r := IngressRoute{Name: routeName(o.Lane, o.Rule), Lane: o.Lane, Rule: o.Rule, Rest: rest, AsInForce: true}
	if rest {
		r.Name += restRoute
	}
	is, ok := live[r.Name]
	plan := p.plans[is.Service]
	lost := is.Port != 0 && len(plan.Ports) > 0 && !slices.Contains(plan.Ports, is.Port)
	if !ok || !is.Readable || lost || rest && o.Lane != p.Baseline {
		return r, false
	}
	r.RequestMatch, r.Port = is.RequestMatch, is.Port
	r.AsWritten = plan.State != StateManaged
	plan.Service = is.Service
	r.to(p.destinations(r), plan)
	r.Sticky = p.sticky(r, is.Buckets)
	if p.moving {
		p.untag(&r)
	}
	return r, true
}

// restRoute ends the name of a baseline's route for requests that have no header of the rule,
// SafeRoute that of a gray lane's for requests that are safe to repeat.
const restRoute, SafeRoute = "/default", "/safe"

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
		if r.AsInForce || slices.ContainsFunc(out, func(o RulePlan) bool { return o.Lane == r.Lane && o.Rule == r.Rule }) {
			continue // the routes of one rule ask for the same, but for headers
		}
		r.Policy = Policy{}
		out = append(out, RulePlan{r.Lane, r.Rule, IngressPlan{Group: p.Group, Mode: p.Mode, Gateway: p.Gateway, Tag: p.Tag, Routes: []IngressRoute{r}}})
	}
	return out
}

// RulesOf is the plan of a lane's rules alone, or of the group's own where that goes by weight,
// as if their ingress services were in the lane; empty without a gateway. Rules of which it is
// known that no route can be made are left out.
func (g Group) RulesOf(laneName string) IngressPlan {
	if g.Ingress == nil || len(g.Services) == 0 {
		return IngressPlan{}
	}
	p := IngressPlan{Group: g.Name, Mode: g.Mode, Gateway: g.Ingress.Gateway, Tag: g.Tag}
	l, _ := g.Lane(laneName)
	of, rules := l.Name, l.Rules
	if g.Ingress.Weighted != nil {
		of, rules, p.shares = "", g.Ingress.Weighted, []Destination{{Lane: laneName}}
	}
	for _, rule := range rules {
		if of == "" { // lanes say which Service it is, and it does not matter here
			rule.Service = g.Services[0]
		}
		if route, problem := p.ingressRoute(of, rule, Plan{Service: rule.Service, Baseline: Member{Lane: laneName}}, nil); problem == nil {
			p.Routes = append(p.Routes, route)
		}
	}
	return p
}
