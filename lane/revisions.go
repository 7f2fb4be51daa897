package lane

import (
	"slices"

	"k8s.io/apimachinery/pkg/util/intstr"
)

// BaselineRevisions are the revisions of a workload whose pods serve as its baseline, the oldest
// first. In all styles but canary a workload has pods of several revisions at a time, and no field of
// it, nor of its Rollout, says at every moment which of them everybody may meet: after an undo the
// annotation is gone while the undone version's pods serve on, at the last step the last old pod goes
// seconds before the annotation does, and once all pods are new the workload calls them its current
// ones. So it is kept on record, and written down before it is acted on:
//
//	v1 runs, v2 is released step by step       v1
//	the last step begins, or is approved       v1 v2
//	v1 has no pod any more                     v2
//	v2 is undone meanwhile, v1 is ready        v1
//
// The rules were found in recordings of every kind and style of Kruise Rollout 0.6.3 with Kruise
// 1.8.0, which recordings_play_test.go plays.
type BaselineRevisions []string

// RevisionFacts is what a workload, its Rollout and its pods say at one moment.
type RevisionFacts struct {
	// Update is the revision of its template; empty while its status is not of its spec.
	Update string
	// Releasing is set when the workload is marked for a release (rollouts.kruise.io/in-progressing).
	Releasing bool
	// Promoting is the revision that the step which is going on gives all replicas (PromotingStep);
	// empty where it leaves pods of another one.
	Promoting string
	// Live are the revisions of the pods that are not terminating, and whether one of them is ready.
	Live map[string]bool
}

// Next returns the record after these facts. It stays as it is while they do not tell.
func (b BaselineRevisions) Next(f RevisionFacts) BaselineRevisions {
	if f.Update == "" {
		return b
	}
	next := slices.Clone(b)
	if (!f.Releasing || f.Promoting == f.Update) && !slices.Contains(next, f.Update) {
		next = append(next, f.Update)
	}
	next = slices.DeleteFunc(next, func(revision string) bool { return revision != f.Update && next.replaced(revision, f) })
	if at := slices.Index(next, f.Update); at >= 0 && f.Live[f.Update] {
		next = next[:at+1] // those behind it are undone
	}
	return next
}

// replaced reports whether a revision has no pod any more, and another one of the baseline has.
func (b BaselineRevisions) replaced(revision string, f RevisionFacts) bool {
	if _, alive := f.Live[revision]; alive {
		return false
	}
	return slices.ContainsFunc(b, func(other string) bool {
		_, alive := f.Live[other]
		return alive
	})
}

// KindOf returns what pods of a revision are: the baseline's, the lane's that the release goes into,
// or outsiders, of a version that was undone or that the next one overtook.
func (b BaselineRevisions) KindOf(revision string, f RevisionFacts) Kind {
	switch {
	case revision != "" && slices.Contains(b, revision):
		return KindBaseline
	case revision != "" && revision == f.Update: // without a release it is the baseline's as soon as that is on record
		return KindLane
	}
	return KindOutside
}

// RebuiltBaseline is the record where there is none: of a workload that nobody looked at before, or
// whose record is lost. stable is the revision that somebody else calls the stable one, empty where
// nobody does. It reports false where nothing tells which revision the baseline's is: then nothing
// must be changed.
func RebuiltBaseline(f RevisionFacts, stable string) (BaselineRevisions, bool) {
	switch {
	case f.Update == "":
		return nil, false
	case !f.Releasing:
		return BaselineRevisions{f.Update}, true
	}
	return BaselineRevisions{stable}, stable != "" && stable != f.Update
}

// PromotingStep reports whether a step gives all replicas to the new version. In the partition style
// the last old pod goes with it, so that the new version is everybody's from its beginning on. Kruise
// rounds shares up (openkruise/rollouts v0.6.3, batchrelease's partition styles). A step that says
// neither a number nor a share promotes nothing.
func PromotingStep(step intstr.IntOrString, replicas int32) bool {
	updated, err := intstr.GetScaledValueFromIntOrPercent(&step, int(replicas), true)
	return err == nil && updated >= int(replicas)
}
