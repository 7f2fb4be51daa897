package webhook

import (
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

const tagLabel = fixture.TagLabel

var mocka, mockb = fixture.Mocka, fixture.Mockb

// newGroup is a group of mocka and mockb.
func newGroup(edits ...func(*apiv1.ASMSwimLaneGroup)) *apiv1.ASMSwimLaneGroup {
	return fixture.Group(append([]func(*apiv1.ASMSwimLaneGroup){fixture.OfServices("mocka", "mockb")}, edits...)...)
}

// newLane is a lane that nobody has accepted yet.
func newLane(name string, edits ...func(*apiv1.ASMSwimLane)) *apiv1.ASMSwimLane {
	return fixture.Lane(name, append([]func(*apiv1.ASMSwimLane){func(l *apiv1.ASMSwimLane) { l.Status = apiv1.ASMSwimLaneStatus{} }}, edits...)...)
}

// taggedBase makes a lane select the baseline's pods.
func taggedBase(l *apiv1.ASMSwimLane) { l.Spec.LabelSelector = map[string]string{tagLabel: "base"} }

var ingressTo = fixture.IngressTo

// chain is that group, parsed.
func chain(gray ...string) lane.Group {
	g := lane.Group{Name: "rollout", Baseline: "base", Services: []types.NamespacedName{mocka, mockb}}
	for _, name := range append([]string{"base"}, gray...) {
		g.Lanes = append(g.Lanes, lane.Lane{Name: name, Selector: map[string]string{tagLabel: name}})
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
