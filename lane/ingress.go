package lane

import (
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Ingress is where a group's requests come in, as its spec says.
type Ingress struct {
	Gateway types.NamespacedName
	// Unsupported is why its routes cannot be made; nil when they can.
	Unsupported *Problem
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
	// Withdrawing is set when the group is being deleted, or is gone.
	Withdrawing bool
	// Hold is why the ingress must stay as it is; nil without a reason.
	Hold *Problem
	// TakenOver is set when our objects for the ingress exist.
	TakenOver bool
	// Ports are those that its live routes go to, by the routes' names.
	Ports map[string]int32
}

// ComputeIngress decides a group's ingress from its lanes' rules and the plans of its
// ingress services.
//
// Gray rules come first, then the baseline's, then the baseline's without their
// headers: a request that matches the URI but no lane's rule, or has a tag that no rule
// asks for, goes to the baseline and gets its tag. A rule of which no route can be made is
// left out, and the others go on.
func ComputeIngress(s IngressSnapshot) IngressPlan {
	g := s.Group
	p := IngressPlan{Group: g.Name, RouteHeader: g.RouteHeader}
	switch {
	case s.Withdrawing || (s.Hold == nil && g.Ingress == nil):
		p.State = StateWithdrawn
		return p
	case s.Hold != nil:
		p.State, p.Problem = heldState(s.TakenOver), s.Hold
		return p
	}
	p.Gateway = g.Ingress.Gateway
	if g.Ingress.Unsupported != nil {
		p.State, p.Problem = heldState(s.TakenOver), g.Ingress.Unsupported
		return p
	}
	p.Problem = p.addRoutes(s)
	switch {
	case p.Problem != nil:
		p.State = heldState(s.TakenOver)
	case len(p.Routes) == 0 && len(p.LeftOut) > 0:
		p.State, p.Problem = heldState(s.TakenOver), &Problem{p.LeftOut[0].Reason, p.LeftOut[0].String()}
	case len(p.Routes) == 0:
		p.State = StateWithdrawn
	default:
		p.State = StateManaged
	}
	return p
}

// addRoutes adds the routes, and the rules that are left out. The problem is why there
// can be none.
func (p *IngressPlan) addRoutes(s IngressSnapshot) *Problem {
	byService := map[types.NamespacedName]Plan{}
	for _, plan := range s.Plans {
		byService[plan.Service] = plan
	}
	var gray, baseline, rest []IngressRoute
	for _, l := range s.Group.Lanes {
		// The routes of a baseline that is being deleted stay: untagged requests take
		// them, and the ingress is frozen as soon as the lane is gone.
		if l.Deleting && !s.Group.IsBaseline(l.Name) {
			continue
		}
		for _, rule := range l.Rules {
			plan, ok := byService[rule.Service]
			if problem := serviceProblem(s.Group, l, rule, plan, ok); problem != nil {
				return problem
			}
			route, problem := ingressRoute(l, rule, plan, s.Ports)
			switch {
			case problem != nil:
				p.LeftOut = append(p.LeftOut, LeftOut{l.Name, rule.Name, *problem})
			case l.Name != s.Group.Baseline:
				gray = append(gray, route)
			case len(rule.Headers) > 0:
				baseline = append(baseline, route)
				route.Name += "/default"
				route.Headers = nil
				rest = append(rest, route)
			default:
				baseline = append(baseline, route)
			}
		}
	}
	for _, routes := range [][]IngressRoute{gray, baseline, rest} {
		slices.SortFunc(routes, moreSpecificFirst)
	}
	p.Routes = slices.Concat(gray, baseline, rest)
	return nil
}

// serviceProblem is why the Service of a rule keeps the whole ingress as it is; nil when
// it does not. known is false when there is no plan for it.
func serviceProblem(g Group, l Lane, rule IngressRule, plan Plan, known bool) *Problem {
	switch {
	case plan.State == StateWithdrawn && plan.Problem != nil:
		return &Problem{plan.Problem.Reason, fmt.Sprintf(
			"%s; as long as ingress rule %s of lane %s goes to it, the entry stays as it is",
			plan.Problem.Message, rule.Name, l.Name)}
	case !known, plan.State == StateWithdrawn:
		return &Problem{apiv1.ReasonEntryNotInGroup, fmt.Sprintf(
			"ingress rule %s of lane %s goes to %s, which is no service of group %s: add it to spec.services or correct the rule",
			rule.Name, l.Name, rule.Host, g.Name)}
	case plan.State == StatePending:
		return &Problem{plan.Problem.Reason, fmt.Sprintf(
			"entry service %s is not taken over yet: %s", rule.Service, plan.Problem.Message)}
	case plan.State == StateFrozen:
		// No route can be made from the plan of a Service that is frozen.
		return &Problem{plan.Problem.Reason, fmt.Sprintf(
			"the traffic of entry service %s stays as it was: %s", rule.Service, plan.Problem.Message)}
	}
	return nil
}

// ingressRoute is the route of a rule. The problem is why there can be none.
func ingressRoute(l Lane, rule IngressRule, plan Plan, live map[string]int32) (IngressRoute, *Problem) {
	if rule.Problem != nil {
		return IngressRoute{}, rule.Problem
	}
	name := l.Name + "/" + rule.Name
	port, problem := portOf(rule, plan.Ports, live[name])
	if problem != nil {
		return IngressRoute{}, problem
	}
	inLane := plan.Baseline.Lane == l.Name ||
		slices.ContainsFunc(plan.Gray, func(m Member) bool { return m.Lane == l.Name })
	match := rule.RequestMatch
	match.Hosts = slices.Sorted(slices.Values(rule.Hosts))
	return IngressRoute{
		Name: name, RequestMatch: match,
		Service: rule.Service, Host: rule.Host, Port: port,
		Destinations: []Destination{{Lane: l.Name, Tag: l.Name, InLane: inLane, Why: Reason{ReasonRule, fmt.Sprintf(
			"ingress rule %s of lane %s asks for these requests", rule.Name, l.Name)}}},
		Baseline: plan.Baseline.Lane, Policy: plan.Policy,
	}, nil
}
