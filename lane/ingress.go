package lane

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Ingress is a group's entry as its lanes' rules describe it.
type Ingress struct {
	Gateway types.NamespacedName
	// Unsupported is why the entry cannot be built; nil when it can.
	Unsupported *Problem
}

// IngressRule sends the requests it matches to its lane.
type IngressRule struct {
	Name string
	RequestMatch
	// Service is the entry service, Host its name as the user wrote it; Port 0
	// is the Service's only port.
	Service types.NamespacedName
	Host    string
	Port    int32
}

// IngressPlan is the decision about a group's entry.
type IngressPlan struct {
	Group string
	State State
	// Problem is why the entry is pending or frozen.
	Problem     *Problem
	Gateway     types.NamespacedName
	RouteHeader string
	// Routes in the order in which they are tried.
	Routes []IngressRoute
}

// Services are those that the routes go to, sorted.
func (p IngressPlan) Services() []types.NamespacedName {
	var out []types.NamespacedName
	for _, r := range p.Routes {
		out = append(out, r.Service)
	}
	slices.SortFunc(out, CompareKeys)
	return slices.Compact(out)
}

// IngressRoute is one ingress route to an ingress service.
type IngressRoute struct {
	// Name is "<lane>/<rule>", with "/default" behind it for the route of those
	// who match a baseline rule's URI but no lane's rule.
	Name string
	RequestMatch
	Service types.NamespacedName
	Host    string
	Port    int32
	// Destinations share the requests of the route.
	Destinations []Destination
	// Baseline is the lane at which those enter that have no other.
	Baseline string
	Policy   Policy
}

// Destination is a lane that a route sends requests to.
type Destination struct {
	Lane string
	// Tag is stamped on the request, also where the ingress service is not in the
	// lane and the request enters at the baseline: a later service may be in it.
	Tag string
	// Weight is the relative share of the requests; 0 where there is one destination.
	Weight int32
	// InLane: the ingress service is in the lane. Otherwise, and as long as no route
	// may name the lane's subset yet, the request enters at the baseline.
	InLane bool
	// Why the requests are the lane's.
	Why Reason
}

// Lanes are those whose requests the routes make, sorted.
func (p IngressPlan) Lanes() []string {
	var out []string
	for _, r := range p.Routes {
		for _, d := range r.Destinations {
			out = append(out, d.Lane)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// ComputeIngress decides a group's entry from its lanes' rules and the plans of
// the group's Services (those of its entry services suffice).
//
// Gray rules come first, then the baseline's, then the baseline's without their
// headers: who matches the URI but no lane's rule, or sends a tag that no rule
// asks for, goes to the baseline and is stamped as the baseline.
func ComputeIngress(g Group, plans []Plan, leaving bool, hold *Problem, takenOver bool) IngressPlan {
	p := IngressPlan{Group: g.Name, RouteHeader: g.RouteHeader}
	switch {
	case leaving || (hold == nil && g.Ingress == nil):
		p.State = StateWithdrawn
		return p
	case hold != nil:
		p.State, p.Problem = held(takenOver), hold
		return p
	}
	p.Gateway = g.Ingress.Gateway
	if g.Ingress.Unsupported != nil {
		p.State, p.Problem = held(takenOver), g.Ingress.Unsupported
		return p
	}
	p.Routes, p.Problem = ingressRoutes(g, plans)
	switch {
	case p.Problem != nil:
		p.State = held(takenOver)
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
		// A baseline that goes freezes the entry in a moment: its routes are
		// everybody's, and stay.
		if l.Deleting && !g.IsBaseline(l.Name) {
			continue
		}
		for _, rule := range l.Rules {
			plan, ok := byService[rule.Service]
			if problem := entryProblem(g, l, rule, plan, ok); problem != nil {
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

// entryProblem is why a rule cannot become a route; nil when it can. known says
// whether there is a plan for its entry service.
func entryProblem(g Group, l Lane, rule IngressRule, plan Plan, known bool) *Problem {
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
		// What is frozen has no plan that a route could be made of.
		return &Problem{plan.Problem.Reason, fmt.Sprintf(
			"the traffic of entry service %s stays as it was: %s", rule.Service, plan.Problem.Message)}
	case rule.Port == 0 && len(plan.Ports) > 1:
		// A gateway would look for a port of its own listener's number.
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

// moreSpecificFirst orders rules of several lanes among each other, since the
// first route that matches wins: more headers, then exact before prefix before
// regex, then the longer path, then the name.
func moreSpecificFirst(a, b IngressRoute) int {
	return cmp.Or(
		cmp.Compare(len(b.Headers), len(a.Headers)),
		cmp.Compare(specificity(b.URI), specificity(a.URI)),
		strings.Compare(a.Name, b.Name),
	)
}

func specificity(m *Match) int {
	if m == nil {
		return -1
	}
	kinds := map[MatchKind]int{MatchExact: 2, MatchPrefix: 1, MatchRegex: 0}
	return kinds[m.Kind]<<20 + len(m.Value)
}
