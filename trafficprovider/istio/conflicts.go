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
func (l *live) findings(group string, ours *networkingv1.DestinationRule) []foreign.Finding {
	var out []foreign.Finding
	add := func(obj client.Object, f *foreign.Finding) {
		if f == nil {
			return
		}
		if another := groupOf(obj); another != "" && another != group {
			f = foreign.OfAnotherGroup(kindOf(obj), obj, another)
		}
		out = append(out, *f)
	}
	for _, rule := range l.foreign.rules {
		add(rule, foreign.CheckRule(rule, ours))
	}
	for _, routes := range l.foreign.routes {
		add(routes, foreign.CheckRoutes(routes, l.routes, l.service))
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
		if f := in.Check(vs, groupOf(vs)); f != nil {
			findings = append(findings, *f)
		}
	}
	return foreign.Summarize(findings, there).With(in.Unserved())
}
