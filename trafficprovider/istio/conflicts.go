package istio

import (
	"fmt"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// Package foreign decides what objects of others mean for ours. It cannot know
// which of them are another group's; that is said here.

// findings are what foreign objects and ours do to each other for the Service,
// with our rule as it is to be written.
func (l *live) findings(plan lane.Plan, ours *networkingv1.DestinationRule) []foreign.Finding {
	var out []foreign.Finding
	add := func(obj client.Object, f *foreign.Finding) {
		if f == nil {
			return
		}
		if another := groupOfService(obj, l.service); another != "" && another != plan.Group {
			f = foreign.OfAnotherGroup(kindOf(obj), obj, another)
		}
		out = append(out, *f)
	}
	for _, rule := range l.foreign.rules {
		add(rule, foreign.CheckRule(rule, ours, l.chain))
	}
	for _, routes := range l.foreign.routes {
		add(routes, foreign.CheckRoutes(routes, l.routes, l.service, l.chain))
	}
	for _, route := range l.foreign.meshRoutes {
		out = append(out, *foreign.CheckMeshRoute(route, l.service, l.chain))
	}
	if !plan.Ingress {
		if f := foreign.HiddenFromAll(l.foreign.sidecars, l.service, plan.Ports, l.foreign.callers); f != nil {
			return append(out, *f)
		}
	}
	for _, sidecar := range l.foreign.sidecars {
		if f := foreign.CheckSidecar(sidecar, l.service, plan.Ports); f != nil {
			out = append(out, *f)
		}
	}
	return out
}

// conflicts are what the Gateway and what others have on it mean for the
// ingress. A Gateway that is missing is somebody else's, too. Routes for a host that
// it does not serve are written all the same: they do no harm, and hold as soon as
// it does.
func (l *liveIngress) conflicts(plan lane.IngressPlan, ours *networkingv1.VirtualService, routes []resolvedRoute) foreign.Conflicts {
	there := l.on(plan.Gateway)
	if l.gateway == nil {
		missing := &lane.Problem{Reason: apiv1.ReasonGatewayNotFound, Message: fmt.Sprintf(
			"Gateway %s does not exist: apply it, or correct spec.ingress.gateway", plan.Gateway)}
		if there {
			return foreign.Conflicts{Problem: missing}
		}
		return foreign.Conflicts{Block: missing}
	}
	in := foreign.Ingress{Gateway: l.gateway, Beside: l.beside, VirtualService: ours, New: !there}
	for _, r := range routes {
		in.Routes = append(in.Routes, foreign.Route{Name: r.Name, Hosts: r.Hosts})
	}
	var findings []foreign.Finding
	for _, vs := range l.foreign {
		group := groupOnGateway(vs, plan.Gateway)
		for _, f := range []*foreign.Finding{in.Check(vs, group), in.CheckRest(vs, group)} {
			if f != nil {
				findings = append(findings, *f)
			}
		}
	}
	unserved, none := in.Unserved()
	if none && !there && len(l.ours) > 0 { // the Gateway that the group leaves goes on
		return foreign.Conflicts{Block: unserved}
	}
	return foreign.Summarize(findings, there).With(unserved, l.stray())
}

// letIn are the notes on routes of others that let tags in. They stand behind all others: they
// are long, and about people who know a lane's name.
func (l *liveIngress) letIn(plan lane.IngressPlan) []lane.Problem {
	if l.gateway == nil || plan.Mode == lane.Strict { // where nobody goes by tags
		return nil
	}
	var out []lane.Problem
	for _, header := range plan.TagHeaders() {
		by := stripTags // the filter takes that one off
		if header == lane.BaggageHeader {
			by = exactBaggage
		}
		if !by.wanted(plan) || !l.has(by) {
			out = append(out, foreign.Ingress{Gateway: l.gateway, Beside: l.beside}.LetTagsIn(l.foreign, header, l.groupOf)...)
		}
	}
	return out
}

// groupOf is the group whose entry, on the Gateway or on one beside it, an object is;
// empty if it is none.
func (l *liveIngress) groupOf(vs *networkingv1.VirtualService) string {
	for _, gateway := range append([]*networkingv1.Gateway{l.gateway}, l.beside...) {
		if group := groupOnGateway(vs, nameOf(gateway)); group != "" {
			return group
		}
	}
	return ""
}

// stray is the note on what looks like the group's ingress and is none; nil without.
// It may be left of a Gateway that nobody knows of any more.
func (l *liveIngress) stray() []lane.Problem {
	if len(l.strays) == 0 {
		return nil
	}
	message := "VirtualService " + nameOf(l.strays[0]).String()
	if more := len(l.strays) - 1; more > 0 {
		message += fmt.Sprintf(" (and %d more)", more)
	}
	return []lane.Problem{{Reason: apiv1.ReasonConflict, Message: message +
		" has the name and labels of the group's entry, in a namespace where the group has no Gateway: it is nobody's and stays as it is, delete it"}}
}
