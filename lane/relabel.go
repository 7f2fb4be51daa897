package lane

import (
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// relabels are the corrections of labels, sorted by pod. While the traffic is held,
// because the group is not valid, only canary pods are taken out of the baseline.
func relabels(s Snapshot, verdicts []Verdict) []Relabel {
	baseline, ok := s.Group.BaselineOf(s.Service.Key)
	var out []Relabel
	for i, p := range s.Pods {
		leaking := p.Owner.Canary && (Selects(baseline.Selector, p.Labels) || len(s.ServingLabels) > 0 && Selects(s.ServingLabels, p.Labels))
		v := verdicts[i]
		if theirs(s, p) {
			v.Change = s.answersOthers(p)
		} else if (s.Hold != nil || !ok) && !leaking && v.Kind != KindLane && v.Kind != KindOutside {
			v.Change = s.goesOnAnswering(p)
		} else if s.Hold != nil && !leaking {
			continue
		}
		if !p.Terminating && !v.Change.Empty() {
			out = append(out, Relabel{Pod: p.Name, Version: p.Version, Verdict: v})
		}
	}
	return sortedByPod(out)
}

// theirs reports whether a pod keeps its labels because another group's routes are in force: by
// labels and no marker they find the pods that everybody meets, and by their own markers those of
// a lane. Any other pod is an outsider to them: it is new, and their lists do not name it. So is a
// canary, of whatever release.
func theirs(s Snapshot, p Pod) bool {
	if !s.HeldByOther || s.TakenOver || p.Owner.Canary || p.Owner.LeftBehind || p.Owner.Earlier {
		return false
	}
	marked := false
	for key := range p.Labels {
		if !strings.HasPrefix(key, apiv1.LabelLaneMarkerPrefix) {
			continue
		}
		marked = true
		if slices.ContainsFunc(s.Group.Lanes, func(l Lane) bool { return key == apiv1.LaneMarker(l.Name) }) {
			return false
		}
	}
	return marked || slices.ContainsFunc(s.OthersServing, func(labels map[string]string) bool {
		return len(labels) == 0 || Selects(labels, p.Labels)
	})
}

// markerRemovals take the markers off the pods of a Service that left its group, once
// the mesh has no objects for it of any group; sorted by pod. The lane labels stay: they
// are the user's.
func markerRemovals(s Snapshot) []Relabel {
	if s.TakenOver || s.HeldByOther {
		return nil
	}
	var out []Relabel
	for _, p := range s.Pods {
		c := change(p.Labels, nil)
		if p.Terminating || c.Empty() {
			continue
		}
		out = append(out, Relabel{Pod: p.Name, Version: p.Version, Verdict: Verdict{
			Kind: KindLeaveAlone, Why: Reason{ReasonLeft, "its Service left group " + s.Group.Name}, Change: c}})
	}
	return sortedByPod(out)
}

// leavingAnswers let new pods of a Service that leaves say where they may answer: the ingress may name
// its subsets for as long as it stands still.
func leavingAnswers(s Snapshot) []Relabel {
	var out []Relabel
	for _, p := range s.Pods {
		if c := s.goesOnAnswering(p); !p.Terminating && !c.Empty() {
			out = append(out, Relabel{Pod: p.Name, Version: p.Version, Verdict: Verdict{
				Kind: KindLeaveAlone, Why: Reason{ReasonLeft, "its Service leaves group " + s.Group.Name + ", whose routes may still be met"}, Change: c}})
		}
	}
	return sortedByPod(out)
}

// undoneRelabels take the pods of an undone version out of their lane while the Service leaves: routes
// of the ingress may name the lane until the last of its objects is gone.
func undoneRelabels(s Snapshot, verdicts []Verdict) []Relabel {
	if !s.TakenOver {
		return nil
	}
	var out []Relabel
	for i, p := range s.Pods {
		v := verdicts[i]
		if p.Owner.Canary && v.Kind == KindOutside && !p.Terminating && !theirs(s, p) && !v.Change.Empty() {
			out = append(out, Relabel{Pod: p.Name, Version: p.Version, Verdict: v})
		}
	}
	return sortedByPod(out)
}

func sortedByPod(relabels []Relabel) []Relabel {
	slices.SortFunc(relabels, func(a, b Relabel) int { return strings.Compare(a.Pod, b.Pod) })
	return relabels
}
