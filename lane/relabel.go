package lane

import (
	"slices"
	"strings"
)

// relabels are the corrections of labels, sorted by pod. While the traffic is held,
// because the group is not valid, only canary pods are taken out of the baseline. While another
// group's routes are in force, the pods that they send everybody to keep the labels by which
// its baseline's subset finds them.
func relabels(s Snapshot, verdicts []Verdict) []Relabel {
	baseline, _ := s.Group.BaselineOf(s.Service.Key)
	var out []Relabel
	for i, p := range s.Pods {
		leaking := p.Owner.Canary && Selects(baseline.Selector, p.Labels)
		theirs := s.HeldByOther && !s.TakenOver && !p.Owner.Canary && verdicts[i].Change.ofLanes()
		if !p.Terminating && !theirs && (s.Hold == nil || leaking) && !verdicts[i].Change.Empty() {
			out = append(out, Relabel{Pod: p.Name, Version: p.Version, Verdict: verdicts[i]})
		}
	}
	return sortedByPod(out)
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

func sortedByPod(relabels []Relabel) []Relabel {
	slices.SortFunc(relabels, func(a, b Relabel) int { return strings.Compare(a.Pod, b.Pod) })
	return relabels
}
