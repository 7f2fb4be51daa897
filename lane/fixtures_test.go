package lane

import (
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// tagLabel is the label that the fixtures' lanes select by.
const tagLabel = "ASM_TRAFFIC_TAG"

var mockb = types.NamespacedName{Namespace: "default", Name: "mockb"}

// chain is the group of the worked example in doc.go with the gray lanes named.
func chain(gray ...string) Group {
	g := Group{
		Name: "rollout", Tag: Tag{RouteHeader: "x-asm-prefer-tag"}, AutoUpdate: true, Baseline: "base",
		Services: []types.NamespacedName{mockb},
		Lanes:    []Lane{laneOf("base")},
	}
	for _, name := range gray {
		g.Lanes = append(g.Lanes, laneOf(name))
	}
	return g
}

func laneOf(name string) Lane {
	return Lane{Name: name, Selector: map[string]string{tagLabel: name}}
}

func basePod(name string) Pod {
	return Pod{Name: name, Ready: true, Labels: map[string]string{"app": "mockb", tagLabel: "base"}, Owner: Owner{
		Known: true, Workload: "Deployment/mockb-v1", Locked: []string{"app"}}}
}

func grayPod(name, laneName string) Pod {
	p := basePod(name)
	p.Labels = map[string]string{"app": "mockb", tagLabel: laneName, apiv1.LaneMarker(laneName): apiv1.MarkerValue}
	p.Owner.Workload = "Deployment/mockb-" + laneName
	return p
}

// canaryPod is a pod of the canary workload of a Rollout at a stage.
func canaryPod(name string, stage Stage) Pod {
	p := grayPod(name, "canary")
	p.Owner.Canary, p.Owner.Release = true, release(stage)
	return p
}

// stablePod is a pod of the stable workload of that Rollout.
func stablePod(name string, stage Stage) Pod {
	p := basePod(name)
	p.Owner.Release = release(stage)
	return p
}

func release(stage Stage) *Release {
	return &Release{Rollout: "default/rollouts-mockb", Workload: "Deployment/mockb-v1", Stage: stage, Lane: "canary"}
}

func snapshot(g Group, pods ...Pod) Snapshot {
	s := Snapshot{Group: g, Service: Service{Key: mockb, Found: true, Settings: Settings{Ports: []Port{{Number: 8000}}}}, Pods: pods}
	for _, p := range pods {
		if p.Owner.Release != nil {
			s.Releases = []Release{*p.Owner.Release}
		}
	}
	return s
}

// without returns the pod less one label.
func without(p Pod, key string) Pod {
	p.Labels = Change{Remove: []string{key}}.Apply(p.Labels)
	return p
}

// with returns the pod with one more label.
func with(p Pod, key, value string) Pod {
	p.Labels = Change{Set: map[string]string{key: value}}.Apply(p.Labels)
	return p
}
