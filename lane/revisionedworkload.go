package lane

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Workload is one that is released in itself, so that it has pods of several revisions at a time: of
// any kind, in any style but canary.
type Workload struct {
	// Name is that by which pods' owners have it, as "CloneSet/mockb".
	Name string
	RevisionFacts
	// Stable is the revision that the workload or its Rollout calls the stable one; empty where neither
	// does. It is asked only where there is no record, since it is wrong for seconds after every undo.
	Stable string
	// Driven is set while a Rollout that lanes follow releases it.
	Driven bool
}

// Records are the baseline revisions of the workloads of a Service, by the workload's name. They are
// kept with the Service's objects in the mesh.
type Records map[string]BaselineRevisions

// baseline returns the revisions that are the baseline's by the record, or, where there is none, by
// what is there; false where nothing tells.
func (w Workload) baseline(records Records) (BaselineRevisions, bool) {
	if record := records[w.Name]; len(record) > 0 {
		return record, true
	}
	return RebuiltBaseline(w.RevisionFacts, w.Stable)
}

// StandingOf returns what a pod of one of its revisions is: KindBaseline, KindLane for the version that
// is released, KindOutside for one that was undone or overtaken, KindLeaveAlone where nothing tells. While the
// workload's status is of an older spec, which is so for a moment after every change of it, a pod stays what
// its labels say.
func (w Workload) StandingOf(revision string, labels map[string]string, records Records) Kind {
	b, ok := w.baseline(records)
	switch {
	case !ok || revision == "":
		return KindLeaveAlone
	case w.Update != "" || slices.Contains(b, revision):
		return b.KindOf(revision, w.RevisionFacts)
	case slices.ContainsFunc(slices.Collect(maps.Keys(labels)), func(key string) bool { return strings.HasPrefix(key, apiv1.LabelLaneMarkerPrefix) }):
		return KindLane
	}
	return KindOutside
}

// Foreseen are the records as they are about to be stored. New pods go by them: whoever stores may be
// away for a while, and meanwhile the pods of the version before may be replaced one by one.
func (w Workload) Foreseen(records Records) Records {
	b, ok := w.baseline(records)
	if !ok {
		return records
	}
	return Records{w.Name: b.Next(w.RevisionFacts)}
}

// Stand notes on the owner of a pod what its revision is. Outside of the baseline, the pod is of a
// version that is released, or was.
func (o Owner) Stand(kind Kind) Owner {
	o.Standing, o.Canary = kind, kind == KindLane || kind == KindOutside
	return o
}

// Standing returns the snapshot with its pods and releases as the records have them.
func (s Snapshot) Standing() Snapshot {
	if len(s.Workloads) == 0 {
		return s
	}
	byName := map[string]Workload{}
	for _, w := range s.Workloads {
		byName[w.Name] = w
	}
	s.Pods, s.Releases = slices.Clone(s.Pods), slices.Clone(s.Releases)
	for i, p := range s.Pods {
		if w, ok := byName[p.Owner.Workload]; ok && p.Owner.Known {
			s.Pods[i].Owner = p.Owner.Stand(w.StandingOf(p.Owner.Revision, p.Labels, s.Records))
		}
	}
	for i, r := range s.Releases {
		if w, ok := byName[r.Workload]; ok {
			s.Releases[i].Stage = w.stage(r.Stage, s.Records)
		}
	}
	return s
}

// stage is where the release of the workload stands by the record. What its Rollout says is right once
// nothing is left of the release: Kruise does not tell some undos from releases.
func (w Workload) stage(told Stage, records Records) Stage {
	b, ok := w.baseline(records)
	if !ok || w.Update == "" {
		return told
	}
	others, outsiders := false, false
	for revision := range w.Live {
		switch {
		case revision == w.Update:
		case slices.Contains(b, revision):
			others = true
		default:
			outsiders = true
		}
	}
	_, alive := w.Live[w.Update]
	switch in := slices.Contains(b, w.Update); {
	case !in && w.Releasing && alive:
		return StageInLane
	case !in && w.Releasing:
		return StageEntering
	case outsiders:
		return StageRollingBack
	case in && others:
		return StagePromoting
	case told.Releasing(): // undone before its first pod, or there is nothing to release
		return StageIdle
	}
	return told
}

// nextRecords are the records after this moment: of the workloads that a Rollout drives, and of those
// that have pods which no label tells yet what they are.
func (s Snapshot) nextRecords(verdicts []Verdict) Records {
	var out Records
	for _, w := range s.Workloads {
		_, recorded := s.Records[w.Name]
		if !w.Driven && (!recorded || s.told(w, verdicts)) {
			continue
		}
		if b, ok := w.baseline(s.Records); ok {
			if out == nil {
				out = Records{}
			}
			out[w.Name] = b.Next(w.RevisionFacts)
		}
	}
	return out
}

// told reports whether the labels of a workload's pods say what they are without the record: all are
// of its template's revision, and carry what they are to.
func (s Snapshot) told(w Workload, verdicts []Verdict) bool {
	for revision := range w.Live {
		if revision != w.Update {
			return false
		}
	}
	for i, p := range s.Pods {
		if p.Owner.Workload == w.Name && !p.Terminating && (!verdicts[i].Change.Empty() || verdicts[i].Kind != KindBaseline) {
			return false
		}
	}
	return !w.Releasing
}

// standingVerdict is the verdict on a pod whose revision is not the baseline's.
func standingVerdict(g Group, p Pod) Verdict {
	o := p.Owner
	switch o.Standing {
	case KindLeaveAlone:
		return noLane(KindLeaveAlone, apiv1.ReasonOwnerUnknown, fmt.Sprintf(
			"which revision of %s is the baseline's is not known, since nobody looked when its release began: let the release end, or undo it", o.Workload))
	case KindOutside:
		return noLane(KindOutside, apiv1.ReasonCanaryLeftBehind, fmt.Sprintf(
			"its version of %s was undone, or another one was published since, and it goes", o.Workload))
	default:
		r := Release{Workload: o.Workload}
		if o.Release != nil {
			r = *o.Release
		}
		r.Stage = StageInLane
		return canaryVerdict(g, r, o.Workload)
	}
}

// keepTesters leaves one pod of a version that is promoted to its lane, until the last pod of the version
// before it is gone, and not only going: testers who were thrown back would meet that. The baseline goes first: the lane has a pod only
// while the baseline has another ready one of the version, or several of the one before it, which do not
// go all at a time.
func (s Snapshot) keepTesters(verdicts []Verdict) {
	for _, w := range s.Workloads {
		i := slices.IndexFunc(s.Releases, func(r Release) bool { return r.Workload == w.Name })
		b, known := w.baseline(s.Records)
		if i < 0 || !known {
			continue
		}
		if w.Update == "" { // for a moment
			w.Update = b[len(b)-1]
		}
		if !slices.Contains(b, w.Update) {
			continue
		}
		l, ok := s.Group.Lane(s.Releases[i].Lane)
		if at := s.testersPod(w, b, l); ok && at >= 0 {
			p := s.Pods[at]
			p.Marking = s.Marking
			verdicts[at] = Verdict{Kind: KindLane, Lane: l.Name, Change: laneLabels(s.Group, l, false, p), Why: Reason{ReasonReleased, fmt.Sprintf(
				"it stays for the requests of lane %s until the version before it is gone", l.Name)}}
		}
	}
}

// testersPod is the pod of a version that is promoted which stays in the lane: one that is in it, if there
// is one, and of several the first by name; -1 without one.
func (s Snapshot) testersPod(w Workload, b BaselineRevisions, l Lane) int {
	before := b[:slices.Index(b, w.Update)]
	at, new, old, marked, lives, goes := -1, 0, 0, false, false, false
	for i, p := range s.Pods {
		switch {
		case p.Owner.Workload != w.Name:
		case p.Owner.Revision != w.Update && p.Terminating:
			goes = true
		case slices.Contains(before, p.Owner.Revision):
			if lives = true; p.Ready {
				old++
			}
		case p.Owner.Revision == w.Update && !p.Terminating && p.Ready:
			_, is := p.Labels[apiv1.LaneMarker(l.Name)]
			if new++; at < 0 || is && !marked || is == marked && p.Name < s.Pods[at].Name {
				at, marked = i, is
			}
		}
	}
	if (lives && (new > 1 || marked && old > 1)) || goes && marked && new > 1 {
		return at
	}
	return -1
}

// SameRecords reports whether two say the same.
func SameRecords(a, b Records) bool {
	return maps.EqualFunc(a, b, slices.Equal[BaselineRevisions])
}
