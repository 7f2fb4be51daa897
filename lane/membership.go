package lane

import (
	"fmt"
	"slices"

	apiv1 "lanekeeper.io/api/v1"
)

// present reports whether the Service is in the gray lane now, and why.
//
// Readiness does not matter here: in the mesh a lane without a ready pod falls back by
// itself. So a Service joins with the first sign of a release, and the settle time
// passes while its pods start.
func present(s Snapshot, l Lane, verdicts []Verdict) (Reason, bool) {
	switch {
	case l.Deleting, s.Service.opaque():
		return Reason{}, false
	case slices.Contains(l.Services, s.Service.Key):
		return Reason{ReasonNamed, "lane " + l.Name + " names the Service in spec.services"}, true
	case !s.Group.AutoUpdate:
		return Reason{}, false
	}
	if r, ok := releasedInto(s.Releases, l.Name); ok {
		return Reason{ReasonReleased, releases(r)}, true
	}
	if pod, ok := podOf(s.Pods, verdicts, l.Name); ok {
		return Reason{ReasonServing, "its pod " + pod + " is of lane " + l.Name}, true
	}
	return Reason{}, false
}

// maxAbsent is how many lanes a note names.
const maxAbsent = 3

// absent is the note on lanes that have pods of the Service, or a release of it, and not the
// Service, since they do not name it and the group does not follow the pods; nil without one.
func absent(s Snapshot, verdicts []Verdict) *Problem {
	var lanes []string
	for _, l := range s.Group.GrayLanes(s.Service.Key) {
		_, in := present(s, l, verdicts)
		_, released := releasedInto(s.Releases, l.Name)
		_, pods := podOf(s.Pods, verdicts, l.Name)
		if !in && !l.Deleting && !s.Service.opaque() && (released || pods) {
			lanes = append(lanes, l.Name)
		}
	}
	if len(lanes) == 0 {
		return nil
	}
	return &Problem{apiv1.ReasonLaneUnknown, fmt.Sprintf(
		"it is not in lane %s, whose pods serve nobody: the lane does not name it, and autoUpdate of group %s is off; name it in spec.services of the lane, or set autoUpdate",
		FirstOf(lanes, maxAbsent), s.Group.Name)}
}

// releasedInto returns a Rollout that is releasing the Service into the lane, of several
// the first by name. One that is promoting does not count: from the approval on the
// canary's pods decide, so that the Service leaves the lane with the last of them.
func releasedInto(releases []Release, laneName string) (Release, bool) {
	var first Release
	found := false
	for _, r := range releases {
		if r.Lane == laneName && r.Stage.Releasing() && (!found || r.Rollout < first.Rollout) {
			first, found = r, true
		}
	}
	return first, found
}

// podOf returns a pod of the lane that is not terminating, ready or not, of several the
// first by name. Those of a version whose Rollout has succeeded count until they are gone:
// Kruise removes them only when the baseline has replaced them. Those of an undone version
// are outside (assign.go).
func podOf(pods []Pod, verdicts []Verdict, laneName string) (string, bool) {
	first, found := "", false
	for i, p := range pods {
		if p.Terminating || verdicts[i].Kind != KindLane || verdicts[i].Lane != laneName {
			continue
		}
		if !found || p.Name < first {
			first, found = p.Name, true
		}
	}
	return first, found
}
