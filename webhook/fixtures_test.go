package webhook

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

const tagLabel = "ASM_TRAFFIC_TAG"

var (
	mocka = types.NamespacedName{Namespace: "default", Name: "mocka"}
	mockb = types.NamespacedName{Namespace: "default", Name: "mockb"}
)

// newGroup is a permissive group of mocka and mockb with the baseline lane base.
func newGroup(edits ...func(*apiv1.ASMSwimLaneGroup)) *apiv1.ASMSwimLaneGroup {
	g := &apiv1.ASMSwimLaneGroup{
		ObjectMeta: metav1.ObjectMeta{Name: "rollout"},
		Spec: apiv1.ASMSwimLaneGroupSpec{
			IsPermissive: true, AutoUpdate: true,
			PermissiveModeConfiguration: apiv1.PermissiveModeConfiguration{
				FallbackTarget: "base", RouteHeader: "x-asm-prefer-tag", TraceHeader: "x-asm-prefer-tag",
			},
			Services: []apiv1.ServiceReference{{Namespace: "default", Name: "mocka"}, {Namespace: "default", Name: "mockb"}},
		},
	}
	for _, edit := range edits {
		edit(g)
	}
	return g
}

// newLane is a lane of that group whose pods carry its name as their tag.
func newLane(name string, edits ...func(*apiv1.ASMSwimLane)) *apiv1.ASMSwimLane {
	l := &apiv1.ASMSwimLane{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{apiv1.LabelSwimLaneGroup: "rollout"}},
		Spec:       apiv1.ASMSwimLaneSpec{LabelSelector: map[string]string{tagLabel: name}},
	}
	for _, edit := range edits {
		edit(l)
	}
	return l
}

// taggedBase makes a lane select the baseline's pods.
func taggedBase(l *apiv1.ASMSwimLane) { l.Spec.LabelSelector = map[string]string{tagLabel: "base"} }

// entryTo gives a lane an ingress rule to a host.
func entryTo(host string) func(*apiv1.ASMSwimLane) {
	return func(l *apiv1.ASMSwimLane) {
		l.Spec.IngressRules = []apiv1.IngressRule{{
			Name: "entry", Online: true, Route: apiv1.IngressRoute{Destination: apiv1.Destination{Host: host}},
		}}
	}
}

// chain is that group, parsed, with its lanes already listed by the mesh.
func chain(gray ...string) lane.Group {
	g := lane.Group{Name: "rollout", Baseline: "base", Services: []types.NamespacedName{mocka, mockb}}
	for _, name := range append([]string{"base"}, gray...) {
		g.Lanes = append(g.Lanes, lane.Lane{Name: name, Selector: map[string]string{tagLabel: name}, Listed: true})
	}
	return g
}

// placed is a pod of a Deployment that mocka selects, before the webhook saw it.
func placed(g lane.Group, edits ...func(*lane.Placement)) lane.Placement {
	p := lane.Placement{Group: g, Service: mocka, Pod: lane.Pod{Owner: lane.Owner{
		Known: true, Workload: "Deployment/mocka-v1", Locked: []string{"app"}}}}
	for _, edit := range edits {
		edit(&p)
	}
	return p
}

func behind(service types.NamespacedName) func(*lane.Placement) {
	return func(p *lane.Placement) { p.Service = service }
}

func releasing(canary bool) func(*lane.Placement) {
	return func(p *lane.Placement) {
		p.Pod.Owner.Canary = canary
		p.Pod.Owner.Release = &lane.Release{Rollout: "default/rollouts-mocka", Stage: lane.StageInLane, Lane: "canary"}
	}
}
