package lane

import (
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Markers are labels on pods that the mesh's priorities are built from. Envoy
// ranks the endpoints of a lane's subset by a list of labels; an entry `key=`
// means "endpoints without that label" (docs/design.md), so every pod that is
// not of the baseline carries one key that says which lane it is of:
//
//	lanekeeper.io/lane.<name>: "1"   a gray lane's pod
//	lanekeeper.io/outside: "1"       a pod of no lane, or of a lane that the
//	                                 priorities do not name yet

// laneLabels is what labels lack to say that their pod is of the lane.
func laneLabels(l Lane, baseline bool, p Pod) Change {
	want := maps.Clone(l.Selector)
	if !baseline {
		want[markerOf(l, p.Unisolated)] = apiv1.MarkerValue
	}
	return change(p.Labels, want)
}

// outsideLabels is what labels lack to say that their pod is of no lane: the marker,
// and no label that makes the pod the baseline's, unless the workload needs it.
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
		if tellsApart(gray, key, value) {
			return key, true
		}
	}
	return "", false
}

// tellsApart: the lanes have other values of the label, if there are any lanes.
func tellsApart(lanes []Lane, key, value string) bool {
	others := len(lanes) == 0
	for _, l := range lanes {
		if l.Selector[key] == value {
			return false
		}
		_, has := l.Selector[key]
		others = others || has
	}
	return others
}

// markerOf is the lane's own marker, unless other lanes' priorities do not name it yet,
// or not for long.
func markerOf(l Lane, unisolated []string) string {
	if l.Deleting || slices.Contains(unisolated, l.Name) {
		return apiv1.LabelOutside
	}
	return apiv1.LaneMarker(l.Name)
}

// change sets what want lacks and removes every other marker.
func change(have, want map[string]string) Change {
	c := Change{}
	for k, v := range want {
		if got, ok := have[k]; !ok || got != v {
			if c.Set == nil {
				c.Set = map[string]string{}
			}
			c.Set[k] = v
		}
	}
	for k := range have {
		if _, keep := want[k]; !keep && IsMarker(k) {
			c.Remove = append(c.Remove, k)
		}
	}
	slices.Sort(c.Remove)
	return c
}

// IsMarker says whether a label key is one of ours that ranks pods.
func IsMarker(key string) bool {
	return key == apiv1.LabelOutside || strings.HasPrefix(key, apiv1.LabelLaneMarkerPrefix)
}
