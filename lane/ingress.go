package lane

import (
	"cmp"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Ingress is where a group's requests come in, as its spec says.
type Ingress struct {
	Gateway types.NamespacedName
	// Cookie is the one by which clients stay in their lane; nil without one.
	Cookie *Cookie
	// Mute is why the lanes say nothing to the group's strategy, although they do to the other; nil
	// when some say something, or none do at all.
	Mute *Problem
	// Weighted are the alternatives of the one rule whose requests the lanes share out; nil
	// where the lanes' own rules choose.
	Weighted []IngressRule
}

// IngressRule sends the requests it matches to its lane.
type IngressRule struct {
	Name string
	RequestMatch
	// Service is the ingress service and Host its name as the user wrote it. Port is 0
	// when the rule says none.
	Service types.NamespacedName
	Host    string
	Port    int32
	// Problem is why no mesh would take a route of the rule; nil without one.
	Problem *Problem
}

// IngressSnapshot is all that is known about a group's ingress.
type IngressSnapshot struct {
	Group Group
	// Plans are those of the group's Services; those of its ingress services suffice.
	Plans []Plan
	// Baseline is that of the plan that the live objects were written for; empty where they
	// do not say.
	Baseline string
	// Moving is set when a Service that is taken over has not got the baseline yet that the
	// group's spec says; Settled when all of them have it, and nothing is left to do.
	Moving, Settled bool
	// Withdrawing is set when the group is being deleted, or is gone.
	Withdrawing bool
	// Hold is why the ingress must stay as it is; nil without a reason.
	Hold *Problem
	// TakenOver is set when our objects for the ingress exist.
	TakenOver bool
	// Live are its routes in force, by their names.
	Live map[string]LiveRoute
}

// ComputeIngress decides a group's ingress from its lanes' rules and the plans of its
// ingress services.
//
// Gray rules come first, then the baseline's, then the baseline's without their
// headers and cookies: a request that matches the URI but no lane's rule, or has a tag that no rule
// asks for, goes to the baseline and gets its tag. A rule of which no route can be made is
// left out, and the others go on. Nobody loses a route that way: where such a rule has one,
// because it or its Service was in order before, that stays (LeaveOut). Where a baseline lane
// is gone, its rules are, too, and the whole ingress stays as it is.
func ComputeIngress(s IngressSnapshot) IngressPlan {
	g := s.Group
	p := IngressPlan{Group: g.Name, Mode: g.Mode, Tag: g.Tag, Baseline: s.baseline(), StripTags: g.StripTags}
	p.Restoring = s.restoring()
	p.moving = (s.Moving || p.Baseline != g.Baseline) && !g.WithoutBaseline()
	switch {
	case s.Withdrawing || (s.Hold == nil && g.Ingress == nil):
		p.State = StateWithdrawn
		return p
	case s.Hold != nil:
		p.State, p.Problem = heldState(s.TakenOver), s.Hold
		return p
	}
	p.Gateway, p.cookie = g.Ingress.Gateway, g.Ingress.Cookie
	p.Problem = p.addRoutes(s)
	switch {
	case p.Problem != nil:
		p.State = heldState(s.TakenOver)
	case len(p.Routes) == 0 && len(p.LeftOut) > 0:
		p.State, p.Problem = heldState(s.TakenOver), &Problem{p.LeftOut[0].Reason, p.LeftOut[0].String()}
	case len(p.Routes) == 0 && g.Ingress.Mute != nil:
		p.State, p.Problem = heldState(s.TakenOver), g.Ingress.Mute
	case len(p.Routes) == 0:
		p.State = StateWithdrawn
	default:
		p.State = StateManaged
	}
	return p
}

// baseline is the lane whose rules are for everybody: that of the spec once the Services have
// it, and until then the one that it was.
func (s IngressSnapshot) baseline() string {
	if _, ok := s.Group.Lane(s.Baseline); ok && !s.Settled && !s.Group.WithoutBaseline() {
		return s.Baseline
	}
	return s.Group.Baseline
}

// untag takes the tag off everybody's requests while the baseline moves, and lets them enter
// at the baseline that the ingress service has: the old one is a gray lane where a Service has
// moved, the new one where it has not, and without a tag a request meets neither as such.
func (p IngressPlan) untag(r *IngressRoute) {
	for i := range r.Destinations {
		if r.Destinations[i].Lane == p.Baseline {
			r.Destinations[i].Tag, r.Destinations[i].InLane = "", r.Baseline == p.Baseline
		}
	}
}

// addRoutes adds the routes, and the rules that are left out. The problem is why there
// can be none.
func (p *IngressPlan) addRoutes(s IngressSnapshot) *Problem {
	if missing := s.Group.MissingBaseline(); missing != nil && len(s.Live) > 0 { // its rules are, too
		return missing
	}
	p.plans = map[types.NamespacedName]Plan{}
	for _, plan := range s.Plans {
		p.plans[plan.Service] = plan
	}
	rules, left := p.rulesOf(s.Group)
	// The last ones are left out if there is no room: never the baseline's.
	slices.SortStableFunc(rules, func(a, b ruleOf) int { return cmp.Compare(p.later(a), p.later(b)) })
	bytes, alike := 0, s.Group.alike()
	for _, r := range rules {
		plan := p.plans[r.Service]
		problem := serviceProblem(s.Group, r.IngressRule, plan)
		if _, live := s.Live[routeName(r.lane, r.Name)]; live && problem != nil && problem.Reason == apiv1.ReasonBaselineMissing {
			return &Problem{problem.Reason, fmt.Sprintf("%s has a route already, and %s", RuleTitle(r.lane, r.Name), problem.Message)}
		}
		var route IngressRoute
		if problem == nil {
			route, problem = p.ingressRoute(r.lane, r.IngressRule, plan, s.Live)
		}
		if problem == nil {
			bytes += p.routeSize(route, alike)
			problem = tooLarge(bytes)
		}
		if problem != nil {
			left = append(left, LeftOut{Lane: r.lane, Rule: r.Name, Problem: *problem})
			continue
		}
		p.add(route)
	}
	p.Routes = inOrder(p.Routes, p.Baseline)
	for _, o := range left {
		*p = p.LeaveOut(o, s.Live)
	}
	return nil
}

// later is larger for rules that come behind the baseline's.
func (p IngressPlan) later(r ruleOf) int {
	if r.lane == p.Baseline {
		return 0
	}
	return 1
}

// add adds a rule's route. A baseline's rule that asks for headers or a cookie has one more, for
// everybody else.
func (p *IngressPlan) add(route IngressRoute) {
	rest := route
	rest.Destinations = slices.Clone(route.Destinations)
	rest.Name, rest.Rest, rest.RequestMatch = route.Name+restRoute, true, route.ofAnybody()
	routes := []IngressRoute{route}
	if route.Lane == p.Baseline && route.ofSomebody() {
		routes = append(routes, rest)
	}
	for _, r := range routes {
		if p.moving {
			p.untag(&r)
		}
		p.Routes = append(p.Routes, r)
	}
}

// serviceProblem is why no route can be made to the Service of a rule; nil when one can.
// plan is the zero value for a Service that the group has not got.
func serviceProblem(g Group, rule IngressRule, plan Plan) *Problem {
	switch plan.State {
	case StateManaged:
		return nil
	case StatePending:
		return &Problem{plan.Problem.Reason, fmt.Sprintf("service %s is not taken over yet: %s", rule.Service, plan.Problem.Message)}
	case StateFrozen: // its plan has no baseline
		return &Problem{plan.Problem.Reason, fmt.Sprintf("the traffic of service %s stays as it was: %s", rule.Service, plan.Problem.Message)}
	}
	if plan.Problem != nil { // another group has it
		return plan.Problem
	}
	return &Problem{apiv1.ReasonEntryNotInGroup, fmt.Sprintf(
		"it goes to %s, which is no service of group %s: add it to spec.services or correct the rule", rule.Host, g.Name)}
}

// rulesOf are the rules that routes are made of, and what is left out before.
func (p *IngressPlan) rulesOf(g Group) (out []ruleOf, left []LeftOut) {
	if g.Ingress.Weighted != nil {
		rules, left := p.weightedRules(g)
		for _, rule := range rules {
			out = append(out, ruleOf{"", rule})
		}
		return out, left
	}
	for _, l := range g.Lanes {
		// The routes of a baseline that is being deleted stay: untagged requests take
		// them, and the ingress is frozen as soon as the lane is gone.
		if l.Deleting && l.Name != p.Baseline && !g.IsBaseline(l.Name) {
			continue
		}
		for _, rule := range l.Rules {
			out = append(out, ruleOf{l.Name, rule})
		}
	}
	return out, nil
}

func routeName(laneName, rule string) string {
	if laneName == "" {
		return weightedPrefix + rule
	}
	return laneName + "/" + rule
}

// ingressRoute is the route of a rule. The problem is why there can be none.
func (p IngressPlan) ingressRoute(laneName string, rule IngressRule, plan Plan, live map[string]LiveRoute) (IngressRoute, *Problem) {
	if rule.Problem != nil {
		return IngressRoute{}, rule.Problem
	}
	r := IngressRoute{Name: routeName(laneName, rule.Name), Lane: laneName, Rule: rule.Name, RequestMatch: rule.RequestMatch}
	is := live[r.Name]
	if is.Service != rule.Service { // the number means something else there
		is.Port = 0
	}
	port, problem := portOf(rule, plan.Ports, is.Port)
	if problem != nil {
		return IngressRoute{}, problem
	}
	r.Port = port
	r.Hosts = slices.Sorted(slices.Values(rule.Hosts))
	r.to(p.destinations(r), plan)
	r.Sticky = p.sticky(r, is.Buckets)
	return r, nil
}

// destinations are the lanes that a route is for: that of its rule, or those that share out
// its requests.
func (p IngressPlan) destinations(r IngressRoute) []Destination {
	if r.Lane == "" {
		return slices.Clone(p.shares)
	}
	return []Destination{{Lane: r.Lane, Why: Reason{ReasonRule, RuleTitle(r.Lane, r.Rule) + " asks for these requests"}}}
}

// to lets a route go to a Service.
func (r *IngressRoute) to(destinations []Destination, plan Plan) {
	r.Service, r.Baseline, r.Policy, r.Destinations = plan.Service, plan.Baseline.Lane, plan.Policy, destinations
	for i, d := range destinations {
		if d.Lane != AllVersions {
			r.Destinations[i].Tag = d.Lane
		}
		r.Destinations[i].InLane = plan.Baseline.Lane == d.Lane ||
			plan.inGray(d.Lane) || plan.lacks(d.Lane)
	}
}
