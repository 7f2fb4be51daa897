package lane

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Target is what a Rollout's spec and annotation tell about the lane it releases into.
type Target struct {
	// PodLabels is the Rollout's patchPodTemplateMetadata.labels.
	PodLabels map[string]string
	// Annotation is the value of annotation lanekeeper.io/lane, which names a
	// lane.
	Annotation string
}

// TargetLane returns the gray lane that a Rollout of the Service releases into:
// the one whose label it patches into the pods, else the one its annotation
// names, else the only gray lane there is. The problem is why there is no such lane.
func TargetLane(g Group, service types.NamespacedName, t Target) (string, *Problem) {
	gray := g.GrayLanes(service)
	if l, ok := selecting(gray, t.PodLabels); ok {
		return l.Name, nil
	}
	for _, k := range g.LabelKeys() {
		if v, ok := t.PodLabels[k]; ok {
			return "", &Problem{apiv1.ReasonLaneUnknown, fmt.Sprintf(
				"patchPodTemplateMetadata sets %s=%s, which is the label of no gray lane of group %s (gray lanes: %s): correct it, or apply that lane", k, Brief(v), g.Name, names(gray))}
		}
	}
	if t.Annotation != "" {
		for _, l := range gray {
			if l.Name == t.Annotation {
				return l.Name, nil
			}
		}
		return "", &Problem{apiv1.ReasonLaneUnknown, fmt.Sprintf(
			"annotation lanekeeper.io/lane names %s, which is no gray lane of group %s (gray lanes: %s): correct it, or apply that lane", Quote(t.Annotation), g.Name, names(gray))}
	}
	if len(gray) == 1 {
		return gray[0].Name, nil
	}
	return "", &Problem{apiv1.ReasonLaneUnknown, fmt.Sprintf(
		"group %s has %d gray lanes (%s): say which with annotation lanekeeper.io/lane or a lane label in patchPodTemplateMetadata", g.Name, len(gray), names(gray))}
}

func names(lanes []Lane) string {
	if len(lanes) == 0 {
		return "none"
	}
	out := make([]string, len(lanes))
	for i, l := range lanes {
		out[i] = l.Name
	}
	return strings.Join(out, ", ")
}
