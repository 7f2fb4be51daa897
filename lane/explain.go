package lane

import (
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Explain tells of one request what ComputeIngress and Compute have decided about it, as if
// everything were programmed and every proxy knew: which rule takes it, and at each Service
// on its way whose pods answer, and why.

// Request is what routes ask of a request.
type Request struct {
	Host, Method string
	// Path has the query behind it, if there is one.
	Path string
	// Headers are by name, in lower case; the lines of one are joined by commas.
	Headers map[string]string
}

// Explanation is where a request goes.
type Explanation struct {
	// Route is the ingress route that takes it; nil when none does, and it is answered 404.
	Route *IngressRoute
	// Ways are where it goes from there: one for each lane that shares its requests out.
	Ways []Way
}

// Way is one way through the chain.
type Way struct {
	// Weight is its relative share; 0 where there is only one.
	Weight int32
	// Tag is what the request carries from the entry on; empty for none.
	Tag  string
	Why  Reason
	Hops []Hop
}

// Hop is who answers at one Service.
type Hop struct {
	Plan Plan
	// Lane is the one whose subset takes the request. Pods are those that may answer, sorted by
	// name; of another lane, the baseline, where it has no ready pod itself.
	Lane string
	Pods []string
	Why  Reason
}

// Explain follows a request through the ingress and then the Services of the snapshots, in that
// order, the first of which is the one it enters at.
func Explain(in IngressPlan, chain []Snapshot, r Request) Explanation {
	i := in.first(r)
	if i < 0 {
		return Explanation{}
	}
	plans := make([]Plan, len(chain))
	for n, s := range chain {
		plans[n] = Compute(s)
	}
	out := Explanation{Route: &in.Routes[i]}
	for _, d := range out.Route.Destinations {
		way := Way{Weight: d.Weight, Tag: d.Tag, Why: d.Why}
		for n, s := range chain {
			plan := plans[n]
			lane := plan.laneOf(d.Tag)
			if plan.Mode == Strict {
				lane = plan.laneOf(d.Lane)
			}
			if n == 0 && !d.InLane {
				lane = plan.Baseline.Lane
			}
			way.Hops = append(way.Hops, s.hop(plan, lane))
		}
		out.Ways = append(out.Ways, way)
	}
	return out
}

// first is the place of the route that a request takes; -1 for none.
func (p IngressPlan) first(r Request) int {
	return slices.IndexFunc(p.Routes, func(route IngressRoute) bool { return route.Takes(r) })
}

// Takes reports whether a route with the match takes the request, as far as it is asked.
func (m RequestMatch) Takes(r Request) bool {
	path, query, _ := strings.Cut(r.Path, "?")
	host, _, _ := strings.Cut(r.Host, ":")
	return slices.ContainsFunc(m.Hosts, func(h string) bool { return HostWithin(host, h) }) &&
		(m.URI == nil || m.URI.Matches(path)) && (m.Method == nil || m.Method.Matches(r.Method)) &&
		takesEach(m.Headers, func(name string) (string, bool) { value, ok := r.Headers[name]; return value, ok }) &&
		takesEach(m.Query, func(name string) (string, bool) { return parameter(query, name) }) &&
		(m.Cookie == nil || m.Cookie.in(r.Headers["cookie"]))
}

func takesEach(wanted map[string]Match, value func(string) (string, bool)) bool {
	for name, m := range wanted {
		if is, ok := value(name); !ok || !m.Matches(is) {
			return false
		}
	}
	return true
}

// parameter is the first one of the name. Envoy decodes neither names nor values.
func parameter(query, name string) (string, bool) {
	for part := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(part, "=")
		if key == name {
			return value, true
		}
	}
	return "", false
}

// in reports whether one of the cookies of a header is such.
func (c CookieMatch) in(header string) bool {
	for part := range strings.FieldsFuncSeq(header, func(r rune) bool { return r == ';' || r == ',' }) {
		if name, value, _ := strings.Cut(strings.TrimSpace(part), "="); name == c.Name && c.Matches(value) {
			return true
		}
	}
	return false
}

// laneOf is the lane whose subset takes requests with the tag.
func (p Plan) laneOf(tag string) string {
	if p.inGray(tag) || p.lacks(tag) {
		return tag
	}
	return p.Baseline.Lane
}

// inGray reports whether a gray lane of the name has a subset of the Service.
func (p Plan) inGray(laneName string) bool {
	_, in := MemberOf(p.Gray, laneName)
	return in
}

// lacks reports whether callers of the lane are refused at the Service.
func (p Plan) lacks(laneName string) bool {
	_, lacks := MemberOf(p.Lacking, laneName)
	return lacks
}

// hop is who answers in a lane: its ready pods, and where there are none the baseline's, or in a
// strict group nobody.
func (s Snapshot) hop(p Plan, laneName string) Hop {
	h := Hop{Plan: p, Lane: laneName}
	verdicts := verdictsOf(s)
	for _, of := range p.ranks(laneName) {
		for i, pod := range s.Pods {
			if pod.Ready && !pod.Terminating && (verdicts[i].Lane == of || p.WithoutBaseline() && of == AllVersions) {
				h.Pods = append(h.Pods, pod.Name)
			}
		}
		if len(h.Pods) > 0 {
			slices.Sort(h.Pods)
			h.Why = Reason{ReasonServing, p.served(len(h.Pods), laneName, of)}
			return h
		}
	}
	h.Why = Reason{apiv1.ReasonNoReadyPods, fmt.Sprintf("lane %s has no ready pod, and nobody else answers: 503", laneName)}
	return h
}

// ranks are whose pods may answer in a lane, those first that come first. Where others are not kept
// apart it is the last lanes of the list, and then the pods of none, that come when not even the
// baseline has a pod.
func (p Plan) ranks(laneName string) []string {
	out := []string{laneName}
	if p.Mode == Strict || laneName == p.Baseline.Lane {
		return out
	}
	if m, _ := MemberOf(p.Gray, laneName); m.Apart {
		return append(out, p.Baseline.Lane)
	}
	others := slices.DeleteFunc(slices.Clone(p.GrayLanes), func(other string) bool { return other == laneName })
	slices.Reverse(others)
	return append(append(append(out, p.Baseline.Lane), others...), "")
}

// served says of which lane the pods are that answer in a lane, and why.
func (p Plan) served(n int, laneName, of string) string {
	pods := Count(n, "ready pod")
	switch of {
	case AllVersions:
		return pods + " of all versions, since the caller is of no lane"
	case laneName:
		return pods + " of lane " + of
	case p.Baseline.Lane:
		return fmt.Sprintf("%s of lane %s, the baseline, since lane %s has none", pods, of, laneName)
	case "":
		return fmt.Sprintf("%s of no lane, since neither lane %s nor the baseline has one", pods, laneName)
	}
	return fmt.Sprintf("%s of lane %s, since neither lane %s nor the baseline has one", pods, of, laneName)
}
