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
	// KindLeaveAlone pods are nobody's: their lane labels stay as they are.
	KindLeaveAlone Kind = "LeaveAlone"
)

// Verdict is the decision about one pod.
type Verdict struct {
	Kind Kind
	// Lane is the lane's name; the baseline's for KindBaseline, empty for
	// KindLeaveAlone.
	Lane string
	// Outside: its own label says that the pod is of no lane. Pods left alone
	// for other reasons keep all their labels.
	Outside bool
	// Problem is why a pod is left alone.
	Problem *Problem
	// Change is what the pod's labels lack to say so.
	Change Change
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
	if v.Kind == KindLeaveAlone {
		if v.Outside {
			v.Change = outsideLabels(p.Labels)
		}
		return v
	}
	l, _ := g.Lane(v.Lane)
	v.Change = laneLabels(l, v.Kind == KindBaseline, p.Labels)
	if key, ok := lockedKey(v.Change, p.Owner.Selector); ok {
		return leaveAlone(apiv1.ReasonLaneLabelInSelector, fmt.Sprintf(
			"%s selects its pods by the lane label %s, so its pods cannot be moved to lane %s: take the label out of the selector",
			p.Owner.Workload, key, v.Lane))
	}
	return v
}

func verdict(g Group, service types.NamespacedName, p Pod) Verdict {
	if !p.Owner.Known {
		return leaveAlone(apiv1.ReasonOwnerUnknown, "the workload that owns the pod is not known yet; that passes, unless its ownerReferences name one that does not exist")
	}
	baseline, ok := g.BaselineOf(service)
	if !ok {
		return leaveAlone(apiv1.ReasonBaselineMissing, "the group's baseline lane does not exist: apply it")
	}
	if p.Owner.LeftBehind {
		return outside(apiv1.ReasonCanaryLeftBehind, fmt.Sprintf(
			"its canary %s outlived the workload that was released: delete the BatchRelease that owns it", p.Owner.Workload))
	}
	if r := p.Owner.Release; r != nil {
		return released(g, baseline, *r, p.Owner.Canary)
	}
	return labelled(g, baseline, p)
}

// released is the verdict on a pod whose workload a Rollout drives. Canary pods
// keep their lane whatever the stage: an undone version must not fall into the
// baseline while it lives. Whether they count is membership's business.
func released(g Group, baseline Lane, r Release, canary bool) Verdict {
	if !canary {
		return Verdict{Kind: KindBaseline, Lane: baseline.Name}
	}
	if r.Lane == "" {
		return inNoLane(r)
	}
	if _, ok := g.Lane(r.Lane); !ok {
		return leaveAlone(apiv1.ReasonLaneUnknown, fmt.Sprintf(
			"Rollout %s releases into lane %s, which does not exist: apply it", r.Rollout, r.Lane))
	}
	return Verdict{Kind: KindLane, Lane: r.Lane}
}

// inNoLane is the verdict on a canary pod whose Rollout has no lane. Once
// nothing is released any more, that is nobody's problem but the pod's.
func inNoLane(r Release) Verdict {
	if r.Problem == nil {
		return leaveAlone(apiv1.ReasonLaneUnknown, fmt.Sprintf(
			"it is left over from a release of %s, and the group has no gray lane: apply the lane, or delete the pod", r.Workload))
	}
	return Verdict{Kind: KindLeaveAlone, Problem: r.Problem}
}

// labelled is the verdict on a pod that only its own label speaks for.
func labelled(g Group, baseline Lane, p Pod) Verdict {
	if l, ok := selecting(g.Lanes, p.Labels); ok {
		if l.Name == baseline.Name {
			return Verdict{Kind: KindBaseline, Lane: l.Name}
		}
		return Verdict{Kind: KindLane, Lane: l.Name}
	}
	keys := strings.Join(g.LabelKeys(), ", ")
	for _, k := range g.LabelKeys() {
		if value, ok := p.Labels[k]; ok {
			return outside(apiv1.ReasonLaneUnknown, fmt.Sprintf("its label %s=%s belongs to no lane of the group: correct it, or apply that lane", k, value))
		}
	}
	return outside(apiv1.ReasonUnlabelledPods, fmt.Sprintf("it carries no lane label (%s): set it in the pod template", keys))
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

func outside(reason, message string) Verdict {
	v := leaveAlone(reason, message)
	v.Outside = true
	return v
}

func leaveAlone(reason, message string) Verdict {
	return Verdict{Kind: KindLeaveAlone, Problem: &Problem{Reason: reason, Message: message}}
}

// lockedKey returns a label of the owner's selector that the change would touch.
func lockedKey(c Change, selector map[string]string) (string, bool) {
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		if _, ok := c.Set[k]; ok || slices.Contains(c.Remove, k) {
			return k, true
		}
	}
	return "", false
}

// Selects says whether labels have all of a selector. An empty selector selects
// nothing.
func Selects(selector, labels map[string]string) bool {
	for k, v := range selector {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return len(selector) > 0
}
