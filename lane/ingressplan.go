package lane

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// IngressPlan is the decision about a group's ingress.
type IngressPlan struct {
	Group string
	Mode  Mode
	State State
	// Problem is why the ingress is pending or frozen, or gives way to an older group's.
	Problem *Problem
	Gateway types.NamespacedName
	// Tag is by what a request carries its lane's tag.
	Tag
	// Baseline is the lane that serves requests which no gray lane's rule asks for.
	Baseline string
	// StripTags takes the tag off requests that enter by no group's routes.
	StripTags bool
	// Restoring says where tags are restored from trace ids; nil where that stays as it is.
	Restoring *Restoring
	// Refused says whether the routes' Policies must not be used (Plan).
	Refused Refusals
	// Routes are in the order in which they are tried.
	Routes []IngressRoute
	// LeftOut are the rules of which no route can be made; sorted by lane.
	LeftOut []LeftOut

	// plans are those of the Services, shares those of the lanes, and moving is set while
	// nobody is the baseline's.
	plans  map[types.NamespacedName]Plan
	shares []Destination
	cookie *Cookie
	moving bool
}

// Services returns those that the routes go to, sorted.
func (p IngressPlan) Services() []types.NamespacedName {
	var out []types.NamespacedName
	for _, r := range p.Routes {
		out = append(out, r.Service)
	}
	slices.SortFunc(out, CompareKeys)
	return slices.Compact(out)
}

// Hidden is the problem of the first Service that the routes go to and that the Gateway does not know,
// so that they are answered 503; nil without one.
func (p IngressPlan) Hidden() *Problem {
	for _, service := range p.Services() {
		if hidden := p.plans[service].Hidden; hidden != nil {
			return &Problem{hidden.Reason, "Service " + service.String() + ": " + hidden.Message}
		}
	}
	return nil
}

// Hosts returns those of the routes, sorted.
func (p IngressPlan) Hosts() []string {
	var out []string
	for _, r := range p.Routes {
		out = append(out, r.Hosts...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Lanes returns those that the routes send requests to, sorted.
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

// Rest is the note that nobody's rule is for requests which no gray lane's asks for; nil where the
// baseline has a rule, or the lanes share all requests out.
func (p IngressPlan) Rest() *Problem {
	if p.Baseline == AllVersions {
		return p.nobodys()
	}
	if len(p.Routes) == 0 || slices.ContainsFunc(p.Routes, func(r IngressRoute) bool { return r.Lane == "" || r.Lane == p.Baseline }) {
		return nil
	}
	return &Problem{apiv1.ReasonNoIngress, "lane " + p.Baseline + ", the baseline, has no rule that is online: requests that no other lane's rule asks for do not enter the group, and are answered 404 if nobody else's route takes them"}
}

// nobodys is Rest where no lane is for everybody else.
func (p IngressPlan) nobodys() *Problem {
	if len(p.Routes) == 0 || slices.ContainsFunc(p.Routes, func(r IngressRoute) bool { return !r.ofSomebody() }) {
		return nil
	}
	return &Problem{apiv1.ReasonNoIngress, "each rule asks for headers or a cookie, and no lane is for everybody else: requests that no rule asks for do not enter the group, and are answered 404 if nobody else's route takes them"}
}

// PatchName names the patches of the routes, as a person finds them in the group.
func (p IngressPlan) PatchName() string {
	var out []string
	for _, r := range p.Routes {
		if r.Policy.Route != nil {
			out = append(out, r.Policy.PatchName(RoutePatch, r.Service))
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), " or ")
}

// IngressRoute is one ingress route to an ingress service.
type IngressRoute struct {
	// Name is "<lane>/<rule>", with "/default" behind it for the route of requests that
	// match a baseline rule's URI but no lane's rule; "weighted/<rule>" where lanes share
	// requests out.
	Name string
	// Lane and Rule are whose rule makes the route; the lane is empty for the group's own, by
	// weight. Rest is set for that route for everybody else.
	Lane, Rule string
	Rest       bool
	RequestMatch
	Service types.NamespacedName
	// Port is that of the Service; 0 only where its ports are not known.
	Port int32
	// Destinations share the requests of the route.
	Destinations []Destination
	// Sticky lets clients stay with one of them; nil for requests that go by chance.
	Sticky *Sticky
	// Baseline is the lane of the Service that serves requests whose lane has not got it.
	Baseline string
	Policy   Policy
	// AsInForce is set when the route is of an earlier version of its rule, since none can be
	// made of this one.
	AsInForce bool
	// AsWritten is set when nothing can be said of the Service of such a route, so that it stays
	// to the letter.
	AsWritten bool
}

// Destination is a lane that a route sends requests to.
type Destination struct {
	Lane string
	// Tag is stamped on the request, also where the ingress service is not in the lane
	// and its baseline answers: a later service may be in the lane. Without one the request
	// loses whatever tag it has.
	Tag string
	// Weight is the relative share of the requests; 0 where there is one destination.
	Weight int32
	// InLane is set when the ingress service is in the lane. Otherwise, and as long as no
	// route may name the lane's subset yet, the service's baseline answers.
	InLane bool
	// Why is the reason that the requests are the lane's.
	Why Reason
}
