package model

import (
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

const (
	namespace   = "default"
	groupName   = "rollout"
	tagLabel    = "ASM_TRAFFIC_TAG"
	routeHeader = "x-asm-prefer-tag"
	otherHeader = "x-lane-tag"
	laneHeader  = "x-tester"
)

// services of the world; those of the group come first. mockb is the one that
// a Rollout releases.
var services = []string{"mocka", "mockb", "mockc"}

// lanes that ever exist; the first is the baseline.
var lanes = []string{"base", "canary", "s2"}

// furnish puts in what a person has applied.
func (w *world) furnish() {
	for _, s := range services {
		w.applyService(s)
	}
	w.store.put(&networkingv1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "istio-system", Name: "gateway"}})
	for _, l := range lanes[:2] {
		w.applyLane(l)
	}
	w.applyGroup()
	for _, s := range services {
		w.deploy(s+"-base", s, "base", 1)
	}
	pods := 0
	if w.Three {
		w.applyLane("s2")
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
	w.store.put(&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}, Spec: corev1.ServiceSpec{
		ClusterIP: "10.0.0.1", Selector: map[string]string{"app": name}, Ports: []corev1.ServicePort{{Port: 8000}}}})
}

func (w *world) applyGroup() {
	w.store.put(&apiv1.ASMSwimLaneGroup{
		ObjectMeta: metav1.ObjectMeta{Name: groupName},
		Spec: apiv1.ASMSwimLaneGroupSpec{
			IsPermissive: true, AutoUpdate: !w.Named,
			PermissiveModeConfiguration: apiv1.PermissiveModeConfiguration{FallbackTarget: "base", RouteHeader: routeHeader},
			Services:                    references(services[:2]),
			Ingress:                     apiv1.GroupIngress{Gateway: apiv1.GatewayReference{Namespace: "istio-system", Name: "gateway"}},
		},
	})
}

func (w *world) applyLane(name string) {
	l := &apiv1.ASMSwimLane{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{apiv1.LabelSwimLaneGroup: groupName}},
		Spec:       apiv1.ASMSwimLaneSpec{LabelSelector: map[string]string{tagLabel: name}},
	}
	if w.Named && name == "canary" {
		l.Spec.Services = references(services[:2])
	}
	l.Spec.IngressRules = w.rules(name)
	w.store.put(l)
}

// rules send everybody to the baseline, and testers to their lane.
func (w *world) rules(name string) []apiv1.IngressRule {
	rule := apiv1.IngressRule{Name: "all", Online: true, Hosts: []string{"*"},
		Match: apiv1.RequestMatch{URI: apiv1.StringMatch{Prefix: "/"}},
		Route: apiv1.IngressRoute{Destination: apiv1.Destination{Host: w.Entry + "." + namespace + ".svc.cluster.local"}}}
	if name != "base" {
		rule.Name = "testers"
		rule.Match.Headers = map[string]apiv1.StringMatch{laneHeader: {Exact: name}}
	}
	return []apiv1.IngressRule{rule}
}

func references(names []string) []apiv1.ServiceReference {
	var out []apiv1.ServiceReference
	for _, name := range names {
		out = append(out, apiv1.ServiceReference{Namespace: namespace, Name: name})
	}
	return out
}
