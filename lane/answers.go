package lane

import (
	"maps"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// A lane's subset holds the pods of other gray lanes, and of none, too, in ranks behind the
// baseline's. Ranks alone do not always keep them out: when the endpoint of a lane's last pod goes,
// the ranks behind it move up, and a request that failed there twice, since the pod was dying,
// passes over the rank that is the baseline's by then (Envoy's previous_priorities counts by their
// numbers). So where there are such pods every pod that may answer in a lane says so, and the subset
// selects by it:
//
//	answers.lanekeeper.io/<lane>: "1"   a pod of the lane, or of the baseline
//
// The ranks go on to order these. A Service in one gray lane, which is what a release needs, has
// nobody to keep out, and its pods no such label.

// answersIn are the lanes in which a pod of the lane may answer, as far as it has to say so. What
// it says already stays while the lane is there: the next release into it needs it again. It stays
// also where a subset selects by it that is not of the group's lanes: of one that has just left it, or
// a younger group's over the same pods.
func (g Group) answersIn(l Lane, baseline bool, p Pod) []string {
	if l.Name == "" { // callers of no lane meet it, and no lane does
		return nil
	}
	var out []string
	for key := range p.Labels {
		of, says := strings.CutPrefix(key, apiv1.LabelAnswersPrefix)
		if !says || !slices.Contains(p.Marking.Answers, of) {
			continue
		}
		if _, ours := g.Lane(of); !ours {
			out = append(out, of)
		}
	}
	for _, of := range g.Lanes {
		if (of.Name == l.Name) == baseline { // the baseline's answer in all others, the others' in their own
			continue
		}
		if _, says := p.Labels[apiv1.AnswersLabel(of.Name)]; says || slices.Contains(p.Marking.Answers, of.Name) {
			out = append(out, of.Name)
		}
	}
	return out
}

// goesOnAnswering is the change for a pod of a Service whose traffic stays as it is, and whose subsets
// select by what pods say: if everybody meets it, it says so, and nothing else of it changes.
func (s Snapshot) goesOnAnswering(p Pod) Change {
	if !s.TakenOver || p.Owner.Canary || !p.Owner.Known || !Selects(s.ServingLabels, p.Labels) {
		return Change{}
	}
	return saying(p, s.Marking.Answers)
}

// saying is the change that lets a pod say that it may answer in these lanes, and nothing else.
func saying(p Pod, lanes []string) Change {
	want := map[string]string{}
	for _, of := range lanes {
		if p.Labels[apiv1.AnswersLabel(of)] != apiv1.MarkerValue {
			want[apiv1.AnswersLabel(of)] = apiv1.MarkerValue
		}
	}
	return Change{Set: want}
}

// answersOthers is the change for a pod that everybody meets by another group's routes: it says in which
// of that group's lanes it may answer, and nothing else of it changes.
func (s Snapshot) answersOthers(p Pod) Change {
	serves := slices.ContainsFunc(s.OthersServing, func(labels map[string]string) bool { return len(labels) > 0 && Selects(labels, p.Labels) })
	if !serves || slices.ContainsFunc(slices.Collect(maps.Keys(p.Labels)), isLaneMarker) {
		return Change{}
	}
	return saying(p, s.OthersAnswers)
}

// isLaneMarker reports whether a label keeps a pod out of other lanes.
func isLaneMarker(key string) bool {
	return key == apiv1.LabelOutside || strings.HasPrefix(key, apiv1.LabelLaneMarkerPrefix)
}

// keepApart lets the pods of a Service say in which lanes they may answer, if there are others to
// be kept out.
func (p *Plan) keepApart(s Snapshot, verdicts []Verdict) {
	if p.Unlabelled = sharingProblem(s) != nil; p.Unlabelled {
		return
	}
	if p.Mode == Strict || p.State != StateManaged || len(p.Gray) < 2 && !anyStays(s, verdicts) {
		return
	}
	var lanes []string
	for _, m := range p.Gray {
		lanes = append(lanes, m.Lane)
	}
	for i, pod := range s.Pods {
		v := &verdicts[i]
		if l, ok := s.Group.Lane(v.Lane); ok && (v.Kind == KindLane || v.Kind == KindBaseline) {
			pod.Marking = s.Marking.And(Marking{Answers: lanes})
			v.Change = laneLabels(s.Group, l, v.Kind == KindBaseline, pod)
		}
	}
	for i := range p.Gray {
		p.Gray[i].Apart, p.Gray[i].Answers = apart(s, p.Gray[i].Lane, verdicts)
	}
}

// anyStays reports whether some pod is of no lane, and not of a version that is going.
func anyStays(s Snapshot, verdicts []Verdict) bool {
	for i, p := range s.Pods {
		if v := verdicts[i]; v.Kind == KindOutside && !p.Terminating && !p.Owner.Canary && !p.Owner.LeftBehind && !p.Owner.Earlier {
			return true
		}
	}
	return false
}

// apart reports whether other lanes' pods can be kept out of a lane by the label, and whether
// all pods that may answer in it carry it. They cannot where a pod has to keep its labels as they
// are. One that is going and ready still may answer, since its workload may have gone before it.
func apart(s Snapshot, laneName string, verdicts []Verdict) (can, labelled bool) {
	can, labelled = true, true
	for i, pod := range s.Pods {
		v := verdicts[i]
		if pod.Terminating && !pod.Ready || v.Kind == KindOutside || v.Kind == KindLane && v.Lane != laneName {
			continue
		}
		can = can && (v.Kind != KindLeaveAlone || pod.Terminating)
		_, says := pod.Labels[apiv1.AnswersLabel(laneName)]
		labelled = labelled && says
	}
	return can, can && labelled
}
