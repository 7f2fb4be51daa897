package lane

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Assign decides which lane a pod of a Service belongs to. A Rollout overrides the
// label of the pod's template; without a Rollout the label decides.
func Assign(g Group, service types.NamespacedName, p Pod) Verdict {
	v := verdict(g, service, p)
	if v.Kind == KindLane || v.Kind == KindBaseline {
		l, _ := g.Lane(v.Lane)
		v.Change = laneLabels(g, l, v.Kind == KindBaseline, p)
		if key, ok := lockedKey(v.Change, p.Owner.Locked); ok {
			v = lockedVerdict(p, key, v.Lane)
		}
	}
	if v.Kind == KindOutside {
		v.Change = outsideLabels(g, service, p.Owner.Locked, p.Labels)
	}
	return v
}

// verdict looks up the baseline only where it matters: a canary pod's lane does not
// depend on it, and the pod must not serve as the baseline until there is one.
func verdict(g Group, service types.NamespacedName, p Pod) Verdict {
	r := p.Owner.Release
	switch {
	case !p.Owner.Known:
		return noLane(KindLeaveAlone, apiv1.ReasonOwnerUnknown, "the workload that owns the pod is not known yet; that passes, unless its ownerReferences name one that does not exist")
	case g.WithoutBaseline():
		return labelVerdict(g, Lane{Name: AllVersions}, p)
	case p.Owner.LeftBehind:
		return noLane(KindOutside, apiv1.ReasonCanaryLeftBehind, fmt.Sprintf(
			"its canary %s outlived the workload that was released, and the next release hangs: delete the BatchRelease that owns it, which has the Rollout's name", p.Owner.Workload))
	case p.Owner.Earlier:
		return noLane(KindOutside, apiv1.ReasonCanaryLeftBehind, fmt.Sprintf(
			"its canary %s is of an earlier release and goes: if it does not, delete it and the BatchRelease that owns it", p.Owner.Workload))
	case p.Owner.Standing != "" && p.Owner.Standing != KindBaseline:
		return standingVerdict(g, p)
	case r != nil && p.Owner.Canary:
		return canaryVerdict(g, *r, p.Owner.Workload)
	}
	baseline, ok := g.BaselineOf(service)
	switch {
	case !ok:
		return Verdict{Kind: KindLeaveAlone, Why: *g.missingBaselineOf(service)}
	case r != nil:
		return Verdict{Kind: KindBaseline, Lane: baseline.Name, Why: Reason{ReasonStable, fmt.Sprintf(
			"it is of the stable version of %s, which Rollout %s releases", r.Workload, r.Rollout)}}
	case p.Owner.Standing == KindBaseline:
		return Verdict{Kind: KindBaseline, Lane: baseline.Name, Why: Reason{ReasonStable, fmt.Sprintf(
			"its version of %s was promoted, and the Rollout is gone", p.Owner.Workload)}}
	}
	return labelVerdict(g, baseline, p)
}

// canaryVerdict is the verdict on a canary pod. From an undo on it is outside, or it would
// be the lane's again while the next version is released into it. Without a lane it is outside,
// too, because its template's label would let a version that nobody approved serve untagged
// requests.
func canaryVerdict(g Group, r Release, canary string) Verdict {
	_, ok := g.Lane(r.Lane)
	switch {
	case r.Stage.Undone():
		return noLane(KindOutside, apiv1.ReasonCanaryLeftBehind, fmt.Sprintf(
			"the release of its version was undone, or its workload was deleted, and its canary %s goes: if it does not, delete it and the BatchRelease that owns it", canary))
	case ok:
		return Verdict{Kind: KindLane, Lane: r.Lane, Why: Reason{ReasonReleased, releases(r)}}
	case r.Lane != "":
		return noLane(KindOutside, apiv1.ReasonLaneUnknown, fmt.Sprintf(
			"Rollout %s releases into lane %s, which does not exist: apply it, or correct the lane that the Rollout names", r.Rollout, r.Lane))
	case r.Problem != nil:
		return Verdict{Kind: KindOutside, Why: *r.Problem}
	}
	return noLane(KindOutside, apiv1.ReasonLaneUnknown, fmt.Sprintf(
		"it is left over from a release of %s, and no label says of which lane: delete the Deployment or BatchRelease that owns it, or apply the lane that it was released into", r.Workload))
}

// releases is the message about a release into a lane.
func releases(r Release) string {
	if r.Rollout == "" {
		return fmt.Sprintf("a Rollout that is gone released %s into lane %s", r.Workload, r.Lane)
	}
	return fmt.Sprintf("Rollout %s releases %s into lane %s (%s)", r.Rollout, r.Workload, r.Lane, r.Stage)
}

// lockedVerdict is the verdict on a pod whose workload finds it by a label that would
// have to change. A canary pod is marked all the same; if its label makes it serve as
// the baseline, that is reported (unassigned.go).
func lockedVerdict(p Pod, key, laneName string) Verdict {
	kind := KindLeaveAlone
	if p.Owner.Canary {
		kind = KindOutside
	}
	return noLane(kind, apiv1.ReasonLaneLabelInSelector, fmt.Sprintf(
		"%s selects its pods by the lane label %s, so its pods cannot be moved to lane %s: %s",
		p.Owner.Workload, key, laneName, CureSelector))
}

// labelVerdict is the verdict on a pod whose lane only its own label tells.
func labelVerdict(g Group, baseline Lane, p Pod) Verdict {
	if l, ok := selecting(g.Lanes, p.Labels); ok {
		kind := KindLane
		if l.Name == baseline.Name {
			kind = KindBaseline
		}
		return Verdict{Kind: kind, Lane: l.Name, Why: Reason{ReasonLabelled, fmt.Sprintf(
			"it carries %s, the label of lane %s", Change{Set: l.Selector}, l.Name)}}
	}
	if baseline.Name == AllVersions {
		return Verdict{Kind: KindBaseline, Lane: AllVersions, Why: Reason{ReasonLabelled, "it carries no lane's label, and only callers of no lane meet it"}}
	}
	keys := strings.Join(g.LabelKeys(), ", ")
	for _, k := range g.LabelKeys() {
		if value, ok := p.Labels[k]; ok {
			return noLane(KindOutside, apiv1.ReasonLaneUnknown, fmt.Sprintf("its label %s=%s belongs to no lane of the group: correct it in the pod template, or apply that lane", k, value))
		}
	}
	return noLane(KindOutside, apiv1.ReasonUnlabelledPods, fmt.Sprintf("it carries no lane label (%s): set it in the pod template", keys))
}

func noLane(kind Kind, reason, message string) Verdict {
	return Verdict{Kind: kind, Why: Reason{reason, message}}
}

// LaneOf returns the lane whose pods carry these labels; false when no lane selects them.
func (g Group) LaneOf(labels map[string]string) (Lane, bool) { return selecting(g.Lanes, labels) }

// selecting returns the lane that selects these labels. One that is being deleted
// comes last: a lane is renamed by deleting it and creating another with its
// labelSelector.
func selecting(lanes []Lane, labels map[string]string) (Lane, bool) {
	var deleting Lane
	found := false
	for _, l := range lanes {
		switch {
		case !Selects(l.Selector, labels):
		case !l.Deleting:
			return l, true
		case !found:
			deleting, found = l, true
		}
	}
	return deleting, found
}
