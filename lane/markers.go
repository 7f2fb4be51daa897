package lane

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Markers are labels on pods that the mesh's priorities are built from. Envoy
// ranks the endpoints of a lane's subset by a list of labels, in which `key=` means
// "endpoints without that label" (docs/design.md). So every pod that is not of the
// baseline carries one key that tells which lane it is of:
//
//	lanekeeper.io/lane.<name>: "1"   a gray lane's pod
//	lanekeeper.io/outside: "1"       a pod of no lane, or of a lane that the
//	                                 priorities do not name yet
//
// Where a Service is in several gray lanes there is a third one (answers.go).

// Marking is what a mesh has to say of markers.
type Marking struct {
	// Unisolated are the lanes whose marker a pod may not carry yet: some gray subset
	// that ranks it does not keep out pods with that marker, so the pod would rank as
	// the baseline's. Most of the time there are none.
	Unisolated []string
	// Answers are the lanes whose subset selects the pods that may answer in it, or is about to;
	// sorted.
	Answers []string
}

// And joins what several Services say that select the same pods.
func (m Marking) And(other Marking) Marking {
	answers := slices.Concat(m.Answers, other.Answers)
	slices.Sort(answers)
	return Marking{Unisolated: slices.Concat(m.Unisolated, other.Unisolated), Answers: slices.Compact(answers)}
}

// laneLabels is the change that labels a pod as the lane's.
func laneLabels(g Group, l Lane, baseline bool, p Pod) Change {
	want := map[string]string{}
	maps.Copy(want, l.Selector)
	if !baseline {
		want[markerOf(l, p.Marking.Unisolated)] = apiv1.MarkerValue
	}
	for _, of := range g.answersIn(l, baseline, p) {
		want[apiv1.AnswersLabel(of)] = apiv1.MarkerValue
	}
	return change(p.Labels, want)
}

// outsideLabels is the change that labels a pod as one of no lane: it sets the marker
// and removes a label that makes the pod the baseline's, unless the workload selects by
// it.
func outsideLabels(g Group, service types.NamespacedName, locked []string, labels map[string]string) Change {
	c := change(labels, map[string]string{apiv1.LabelOutside: apiv1.MarkerValue})
	if key, ok := baselineKey(g, service, locked, labels); ok {
		c.Remove = append(c.Remove, key)
		slices.Sort(c.Remove)
	}
	return c
}

// baselineKey is a label that makes a pod the baseline's and no gray lane's; false
// without one that may change. A baseline lane that does not exist may have any
// value that is no gray lane's.
func baselineKey(g Group, service types.NamespacedName, locked []string, labels map[string]string) (string, bool) {
	gray := g.GrayLanes(service)
	baseline, ok := g.BaselineOf(service)
	if ok && !Selects(baseline.Selector, labels) {
		return "", false
	}
	for _, key := range g.LabelKeys() {
		value, has := labels[key]
		if _, names := baseline.Selector[key]; !has || ok && !names || slices.Contains(locked, key) {
			continue
		}
		if separates(gray, key, value) {
			return key, true
		}
	}
	return "", false
}

// separates reports whether a label with the value tells a pod from the lanes' pods: none
// of them selects it, and some lane selects another value. Without lanes every label does.
func separates(lanes []Lane, key, value string) bool {
	separated := len(lanes) == 0
	for _, l := range lanes {
		if l.Selector[key] == value {
			return false
		}
		_, has := l.Selector[key]
		separated = separated || has
	}
	return separated
}

// markerOf is the lane's own marker, or the outside marker while other lanes' priorities
// do not name the lane yet, or soon will no more.
func markerOf(l Lane, unisolated []string) string {
	if l.Deleting || slices.Contains(unisolated, l.Name) {
		return apiv1.LabelOutside
	}
	return apiv1.LaneMarker(l.Name)
}

// IsMarker reports whether a label key is a marker: one of ours that ranks or selects pods.
func IsMarker(key string) bool {
	return key == apiv1.LabelOutside || strings.HasPrefix(key, apiv1.LabelLaneMarkerPrefix) || strings.HasPrefix(key, apiv1.LabelAnswersPrefix)
}
