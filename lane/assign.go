package lane

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Kind is what a pod is to a lane group.
type Kind string

const (
	// KindBaseline pods serve everybody.
	KindBaseline Kind = "Baseline"
	// KindLane pods serve a gray lane.
	KindLane Kind = "Lane"
	// KindOutside pods are of no lane, and their labels are to say so.
	KindOutside Kind = "Outside"
	// KindLeaveAlone pods are nobody's: all their labels stay as they are.
	KindLeaveAlone Kind = "LeaveAlone"
)

// Verdict is the decision about one pod.
type Verdict struct {
	Kind Kind
	// Lane is the lane's name; the baseline's for KindBaseline, empty for pods of no
	// lane.
	Lane string
	// Why it is so.
	Why Reason
	// Change is what the pod's labels lack to say so.
	Change Change
}

// Problem is why a pod is of no lane; nil when it is of one.
func (v Verdict) Problem() *Problem {
	if v.Kind == KindLane || v.Kind == KindBaseline {
		return nil
	}
	return &v.Why
}

// Change is a change of labels.
type Change struct {
	Set    map[string]string
	Remove []string
}

// Empty says whether there is nothing to change.
func (c Change) Empty() bool { return len(c.Set) == 0 && len(c.Remove) == 0 }

// Apply makes the change and returns the labels.
func (c Change) Apply(labels map[string]string) map[string]string {
	next := maps.Clone(labels)
	if next == nil {
		next = map[string]string{}
	}
	maps.Copy(next, c.Set)
	for _, k := range c.Remove {
		delete(next, k)
	}
	return next
}

func (c Change) String() string {
	parts := make([]string, 0, len(c.Set)+len(c.Remove))
	for k, v := range c.Set {
		parts = append(parts, k+"="+v)
	}
	for _, k := range c.Remove {
		parts = append(parts, k+"-")
	}
	slices.Sort(parts)
	return strings.Join(parts, ",")
}

// Assign decides which lane a pod of a Service belongs to. A Rollout's word
// beats the template's label; without a Rollout the label stands.
func Assign(g Group, service types.NamespacedName, p Pod) Verdict {
	v := verdict(g, service, p)
	if v.Kind == KindLane || v.Kind == KindBaseline {
		l, _ := g.Lane(v.Lane)
		v.Change = laneLabels(l, v.Kind == KindBaseline, p)
		if key, ok := lockedKey(v.Change, p.Owner.Locked); ok {
			v = locked(p, key, v.Lane)
		}
	}
	if v.Kind == KindOutside {
		v.Change = outsideLabels(g, service, p.Owner.Locked, p.Labels)
	}
	return v
}

// verdict asks for the baseline only where it matters: a canary pod's lane does
// not depend on it, and the pod must not wait in the baseline until there is one.
func verdict(g Group, service types.NamespacedName, p Pod) Verdict {
	r := p.Owner.Release
	switch {
	case !p.Owner.Known:
		return noLane(KindLeaveAlone, apiv1.ReasonOwnerUnknown, "the workload that owns the pod is not known yet; that passes, unless its ownerReferences name one that does not exist")
	case p.Owner.LeftBehind:
		return noLane(KindOutside, apiv1.ReasonCanaryLeftBehind, fmt.Sprintf(
			"its canary %s outlived the workload that was released, and the next release hangs: delete the BatchRelease that owns it, which has the Rollout's name", p.Owner.Workload))
	case r != nil && p.Owner.Canary:
		return released(g, *r)
	}
	baseline, ok := g.BaselineOf(service)
	switch {
	case !ok:
		return Verdict{Kind: KindLeaveAlone, Why: *g.missingBaselineOf(service)}
	case r != nil:
		return Verdict{Kind: KindBaseline, Lane: baseline.Name, Why: Reason{ReasonStable, fmt.Sprintf(
			"it is of the stable version of %s, which Rollout %s releases", r.Workload, r.Rollout)}}
	}
	return labelled(g, baseline, p)
}

// released is the verdict on a canary pod. It keeps its lane whatever the stage: an
// undone version must not fall into the baseline while it lives. Whether it counts
// is membership's business. Without a lane it is nobody's: what nobody approved
// must not serve everybody, which it would with its template's label.
func released(g Group, r Release) Verdict {
	_, ok := g.Lane(r.Lane)
	switch {
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

// releases says who releases into a lane, and how far that is.
func releases(r Release) string {
	if r.Rollout == "" {
		return fmt.Sprintf("a Rollout that is gone released %s into lane %s", r.Workload, r.Lane)
	}
	return fmt.Sprintf("Rollout %s releases %s into lane %s (%s)", r.Rollout, r.Workload, r.Lane, r.Stage)
}

// locked is the verdict on a pod whose workload finds it by a label that would have
// to change. A canary pod is marked all the same, and what its label makes of it is
// said (unassigned.go).
func locked(p Pod, key, laneName string) Verdict {
	kind := KindLeaveAlone
	if p.Owner.Canary {
		kind = KindOutside
	}
	return noLane(kind, apiv1.ReasonLaneLabelInSelector, fmt.Sprintf(
		"%s selects its pods by the lane label %s, so its pods cannot be moved to lane %s: %s",
		p.Owner.Workload, key, laneName, CureSelector))
}

// labelled is the verdict on a pod that only its own label speaks for.
func labelled(g Group, baseline Lane, p Pod) Verdict {
	if l, ok := selecting(g.Lanes, p.Labels); ok {
		kind := KindLane
		if l.Name == baseline.Name {
			kind = KindBaseline
		}
		return Verdict{Kind: kind, Lane: l.Name, Why: Reason{ReasonLabelled, fmt.Sprintf(
			"it carries %s, the label of lane %s", Change{Set: l.Selector}, l.Name)}}
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

// selecting returns the lane that selects these labels. One that stays comes
// before one that goes: a lane is renamed by deleting it and creating another
// with its labelSelector.
func selecting(lanes []Lane, labels map[string]string) (Lane, bool) {
	var going Lane
	found := false
	for _, l := range lanes {
		switch {
		case !Selects(l.Selector, labels):
		case !l.Deleting:
			return l, true
		case !found:
			going, found = l, true
		}
	}
	return going, found
}
