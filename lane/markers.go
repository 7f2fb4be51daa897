package lane

import (
	"maps"
	"slices"
	"strings"

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
func laneLabels(l Lane, baseline bool, labels map[string]string) Change {
	want := maps.Clone(l.Selector)
	if !baseline {
		want[markerOf(l)] = apiv1.MarkerValue
	}
	return change(labels, want)
}

// outsideLabels is what labels lack to say that their pod is of no lane: the
// marker, and not the baseline's label, unless the workload needs it.
func outsideLabels(baseline Lane, locked []string, labels map[string]string) Change {
	c := change(labels, map[string]string{apiv1.LabelOutside: apiv1.MarkerValue})
	if !Selects(baseline.Selector, labels) {
		return c
	}
	for k := range baseline.Selector {
		if !slices.Contains(locked, k) {
			c.Remove = append(c.Remove, k)
		}
	}
	slices.Sort(c.Remove)
	return c
}

func markerOf(l Lane) string {
	if l.Listed && !l.Deleting {
		return apiv1.LaneMarker(l.Name)
	}
	return apiv1.LabelOutside
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
