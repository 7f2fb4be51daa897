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
	// Service is the ingress service and Host its name as the user wrote it. Port 0 is
	// the Service's only port.
	Service types.NamespacedName
	Host    string
	Port    int32
}

// ComputeIngress decides a group's ingress from its lanes' rules and the plans of the
// group's Services (those of its ingress services suffice).
//
// Gray rules come first, then the baseline's, then the baseline's without their
// headers: a request that matches the URI but no lane's rule, or has a tag that no rule
// asks for, goes to the baseline and gets its tag.
func ComputeIngress(g Group, plans []Plan, withdrawing bool, hold *Problem, takenOver bool) IngressPlan {
	p := IngressPlan{Group: g.Name, RouteHeader: g.RouteHeader}
	switch {
	case withdrawing || (hold == nil && g.Ingress == nil):
		p.State = StateWithdrawn
		return p
	case hold != nil:
		p.State, p.Problem = heldState(takenOver), hold
		return p
	}
	p.Gateway = g.Ingress.Gateway
	if g.Ingress.Unsupported != nil {
		p.State, p.Problem = heldState(takenOver), g.Ingress.Unsupported
		return p
	}
	p.Routes, p.Problem = ingressRoutes(g, plans)
	switch {
	case p.Problem != nil:
		p.State = heldState(takenOver)
	case len(p.Routes) == 0:
		p.State = StateWithdrawn
	default:
		p.State = StateManaged
	}
	return p
}

func ingressRoutes(g Group, plans []Plan) ([]IngressRoute, *Problem) {
	byService := map[types.NamespacedName]Plan{}
	for _, p := range plans {
		byService[p.Service] = p
	}
	var gray, baseline, rest []IngressRoute
	for _, l := range g.Lanes {
		// The routes of a baseline that is being deleted stay: untagged requests take
		// them, and the ingress is frozen as soon as the lane is gone.
		if l.Deleting && !g.IsBaseline(l.Name) {
			continue
		}
		for _, rule := range l.Rules {
			plan, ok := byService[rule.Service]
			if problem := ruleProblem(g, l, rule, plan, ok); problem != nil {
				return nil, problem
			}
			route := ingressRoute(l, rule, plan)
			if l.Name != g.Baseline {
				gray = append(gray, route)
				continue
			}
			baseline = append(baseline, route)
			if len(rule.Headers) > 0 {
				route.Name += "/default"
				route.Headers = nil
				rest = append(rest, route)
			}
		}
	}
	for _, routes := range [][]IngressRoute{gray, baseline, rest} {
		slices.SortFunc(routes, moreSpecificFirst)
	}
	return slices.Concat(gray, baseline, rest), nil
}

// ruleProblem is why a rule cannot become a route; nil when it can. known is false when
// there is no plan for its ingress service.
func ruleProblem(g Group, l Lane, rule IngressRule, plan Plan, known bool) *Problem {
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
	case rule.Port == 0 && len(plan.Ports) > 1:
		// Without a port the gateway would look for one of its own listener's number.
		return &Problem{apiv1.ReasonInvalid, fmt.Sprintf(
			"ingress rule %s of lane %s goes to Service %s, which has %d ports: set route.destination.portNum", rule.Name, l.Name, rule.Service, len(plan.Ports))}
	}
	return nil
}

func ingressRoute(l Lane, rule IngressRule, plan Plan) IngressRoute {
	inLane := plan.Baseline.Lane == l.Name ||
		slices.ContainsFunc(plan.Gray, func(m Member) bool { return m.Lane == l.Name })
	match := rule.RequestMatch
	match.Hosts = slices.Sorted(slices.Values(rule.Hosts))
	return IngressRoute{
		Name: l.Name + "/" + rule.Name, RequestMatch: match,
		Service: rule.Service, Host: rule.Host, Port: rule.Port,
		Destinations: []Destination{{Lane: l.Name, Tag: l.Name, InLane: inLane, Why: Reason{ReasonRule, fmt.Sprintf(
			"ingress rule %s of lane %s asks for these requests", rule.Name, l.Name)}}},
		Baseline: plan.Baseline.Lane, Policy: plan.Policy,
	}
}
