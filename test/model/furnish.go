package model

import (
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

const (
	namespace   = "default"
	tagLabel    = "ASM_TRAFFIC_TAG"
	routeHeader = "x-asm-prefer-tag"
	otherHeader = "x-lane-tag"
	laneHeader  = "x-tester"
)

// services of the world; those of the first group come first. mockb is the one
// that a Rollout releases.
var services = []string{"mocka", "mockb", "mockc"}

// furnish puts in what a person has applied.
func (w *world) furnish() {
	for _, s := range services {
		w.applyService(s)
	}
	gateway := &networkingv1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "istio-system", Name: "gateway"}}
	gateway.Spec.Servers = []*networkingapi.Server{{Port: &networkingapi.Port{Number: 80, Name: "http", Protocol: "HTTP"}, Hosts: []string{"*"}}}
	w.store.put(gateway)
	if w.Older {
		w.applySecond()
		time.Sleep(time.Second) // ages are in seconds
	}
	for _, l := range firstGroup.lanes[:2] {
		w.applyLane(firstGroup, l)
	}
	w.applyGroup(firstGroup)
	for _, s := range services {
		w.deploy(s+"-base", s, "base", 1)
	}
	pods := 0
	if w.Three {
		w.applyLane(firstGroup, "s2")
		pods = 1
	}
	for _, s := range services {
		w.deploy(s+"-s2", s, "s2", pods)
	}
	w.deploy("mocka-canary", "mocka", "canary", 0)
	w.deploy("mockc-v9", "mockc", "v9", 0)
	w.applyRollout()
	w.kruise.phase("Healthy")
	w.makeReady()
}

func (w *world) applyService(name string) {
	w.store.put(fixture.Unborn(fixture.Service(name)))
}

// applySecond applies the second group, and its lanes as far as they are not
// there.
func (w *world) applySecond() {
	for _, l := range secondGroup.lanes {
		if w.lane(l) == nil {
			w.applyLane(secondGroup, l)
		}
	}
	w.applyGroup(secondGroup)
}

func (w *world) applyGroup(g group) {
	w.store.put(fixture.Unborn(fixture.Group(fixture.EnterAt("istio-system", "gateway"), func(o *apiv1.ASMSwimLaneGroup) {
		o.Name, o.Spec.AutoUpdate, o.Spec.Services = g.name, !w.Named, references(w.servicesOf(g))
		o.Spec.PermissiveModeConfiguration = apiv1.PermissiveModeConfiguration{FallbackTarget: g.lanes[0], RouteHeader: routeHeader}
	})))
}

func (w *world) applyLane(g group, name string) {
	l := fixture.Unborn(fixture.Lane(name, fixture.InGroup(g.name)))
	l.Spec.LabelSelector = map[string]string{tagLabel: kindOfLane(name)}
	if w.Named && kindOfLane(name) == "canary" {
		l.Spec.Services = references(w.servicesOf(g))
	}
	l.Spec.IngressRules = w.rules(g, name)
	w.store.put(l)
}

// rules send everybody to the baseline, and testers to their lane. Those of both
// groups could take the same requests.
func (w *world) rules(g group, name string) []apiv1.IngressRule {
	rule := apiv1.IngressRule{Name: "all", Online: true, Hosts: []string{"*"},
		Match: apiv1.RequestMatch{URI: apiv1.StringMatch{Prefix: "/"}},
		Route: apiv1.IngressRoute{Destination: apiv1.Destination{Host: hostOf(w.entryOf(g))}}}
	if name != g.lanes[0] {
		rule.Name = "testers"
		rule.Match.Headers = map[string]apiv1.StringMatch{laneHeader: {Exact: name}}
	}
	return []apiv1.IngressRule{rule}
}

func hostOf(service string) string { return service + "." + namespace + ".svc.cluster.local" }

func references(names []string) []apiv1.ServiceReference {
	var out []apiv1.ServiceReference
	for _, name := range names {
		out = append(out, apiv1.ServiceReference{Namespace: namespace, Name: name})
	}
	return out
}
