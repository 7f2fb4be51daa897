package webhook

import (
	"fmt"
	"maps"
	"slices"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Verdicts, as the metric names them.
const (
	// verdictNone is that of a pod which no Service of a group selects.
	verdictNone      = "none"
	verdictLane      = "lane"
	verdictBaseline  = "baseline"
	verdictOutside   = "outside"
	verdictLeftAlone = "left-alone"
)

// stamp is what becomes of a pod's labels.
type stamp struct {
	// verdict is that of the first placement that has one.
	verdict string
	// change is to be made to the labels.
	change lane.Change
	// problems are why placements got no lane, or not their labels.
	problems []lane.Problem
}

// stampOf decides for every Service that selects the pod. They mostly agree, for
// a pod has one owner; where they do not, the first one wins, and the later one
// may not touch what the first one decided.
func stampOf(placements []lane.Placement, labels map[string]string) stamp {
	st := stamp{verdict: verdictNone}
	decided := keySet{}
	for _, p := range placements {
		p.Pod.Labels = st.change.Apply(labels)
		v := lane.Assign(p.Group, p.Service, p.Pod)
		if problem := refusal(v.Change, p, decided); problem != nil {
			st.problems = append(st.problems, *problem)
			continue
		}
		if problem := v.Problem(); problem != nil {
			st.problems = append(st.problems, *problem)
		}
		st.change = merge(st.change, v.Change)
		if name := verdictName(v); st.verdict == verdictNone || st.verdict == verdictLeftAlone {
			st.verdict = name
		}
		if v.Kind != lane.KindLeaveAlone {
			decided.add(p.Group.LabelKeys()...)
			decided[markers] = true
		}
	}
	if st.verdict == verdictNone && len(st.problems) > 0 {
		st.verdict = verdictLeftAlone
	}
	return st
}

// refusal is why a change must not be made: an earlier placement has decided about one
// of its labels. It is nil when the change may be made.
func refusal(c lane.Change, p lane.Placement, decided keySet) *lane.Problem {
	if !slices.ContainsFunc(keysOf(c), decided.has) {
		return nil
	}
	return &lane.Problem{Reason: apiv1.ReasonConflict, Message: fmt.Sprintf(
		"Service %s of group %s asks for lane labels (%s), and another Service that selects the same pod for others, which it has: let only one of them select it", p.Service, p.Group.Name, c)}
}

func verdictName(v lane.Verdict) string {
	switch v.Kind {
	case lane.KindLane:
		return verdictLane
	case lane.KindBaseline:
		return verdictBaseline
	case lane.KindOutside:
		return verdictOutside
	case lane.KindLeaveAlone:
	}
	return verdictLeftAlone
}

// merge makes one change of two whose keys differ.
func merge(a, b lane.Change) lane.Change {
	set := maps.Clone(a.Set)
	if set == nil {
		set = map[string]string{}
	}
	maps.Copy(set, b.Set)
	return lane.Change{Set: set, Remove: append(slices.Clone(a.Remove), b.Remove...)}
}

func keysOf(c lane.Change) []string {
	return slices.Concat(slices.Sorted(maps.Keys(c.Set)), c.Remove)
}

// markers stands for all marker labels in a keySet: which of them a pod carries
// is one decision.
const markers = apiv1.LabelLaneMarkerPrefix

// keySet is a set of label keys.
type keySet map[string]bool

func (s keySet) add(keys ...string) {
	for _, k := range keys {
		s[k] = true
	}
}

func (s keySet) has(key string) bool {
	if lane.IsMarker(key) {
		return s[markers]
	}
	return s[key]
}
