package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// laneValidator judges a lane together with its group and the group's other
// lanes.
type laneValidator struct {
	source Source
	// mesh tells why it does not take what the lane's rules make.
	mesh MeshChecker
}

var _ admission.Validator[*apiv1.ASMSwimLane] = (*laneValidator)(nil)

// ValidateCreate implements admission.Validator.
func (v *laneValidator) ValidateCreate(ctx context.Context, l *apiv1.ASMSwimLane) (admission.Warnings, error) {
	return v.check(ctx, nil, l)
}

// ValidateUpdate implements admission.Validator.
func (v *laneValidator) ValidateUpdate(ctx context.Context, before, l *apiv1.ASMSwimLane) (admission.Warnings, error) {
	same := equality.Semantic.DeepEqual(before.Spec, l.Spec) && groupOf(before) == groupOf(l)
	if l.DeletionTimestamp != nil || same {
		return nil, nil
	}
	if groupOf(before) != groupOf(l) {
		if err := v.leaves(ctx, before); err != nil {
			return nil, err
		}
	}
	return v.check(ctx, before, l)
}

// leaves refuses that a lane leaves a group whose baseline it is: nothing would change for
// that group any more. A group that cannot be read refuses nothing.
func (v *laneValidator) leaves(ctx context.Context, l *apiv1.ASMSwimLane) error {
	name := groupOf(l)
	if name == "" {
		return nil
	}
	group, exists, err := v.source.ConfirmedGroup(ctx, name)
	if err != nil || !exists || group.DeletionTimestamp != nil {
		return nil
	}
	if g, _ := lane.NewGroup(group, nil); !g.IsBaseline(l.Name) {
		return nil
	}
	return fmt.Errorf("lane %s is the baseline of group %s, which would be left without it, since a lane is of one group only: "+
		"leave its label %s as it is and create another lane, or first let fallbackTarget and serviceLevelFallbackTarget of group %s name another one",
		l.Name, name, apiv1.LabelSwimLaneGroup, name)
}

// ValidateDelete implements admission.Validator.
func (v *laneValidator) ValidateDelete(context.Context, *apiv1.ASMSwimLane) (admission.Warnings, error) {
	return nil, nil
}

// check judges the group without this edit and with it: what a person reads is about
// the edit. was is nil for a new lane.
func (v *laneValidator) check(ctx context.Context, was, l *apiv1.ASMSwimLane) (admission.Warnings, error) {
	name := groupOf(l)
	if name == "" {
		return admission.Warnings{fmt.Sprintf("the lane has no effect until its label %s names a group", apiv1.LabelSwimLaneGroup)}, nil
	}
	group, exists, err := v.source.ConfirmedGroup(ctx, name)
	switch {
	case err != nil:
		return unchecked(err), nil
	case !exists:
		return admission.Warnings{fmt.Sprintf("the lane waits for its group: ASMSwimLaneGroup %s does not exist yet", name)}, nil
	}
	stored, err := v.source.ConfirmedLanes(ctx, name)
	if err != nil {
		return unchecked(err), nil
	}
	of := lookupsIn(ctx, v.source)
	before, now := judge(group, stored, of), judge(group, withLane(stored, l), of)
	warnings := slices.DeleteFunc(now.warningsAfter(before), func(w string) bool { return slices.Contains(before.warnings, w) })
	if err := now.errorAfter(before); err != nil {
		return warnings, err
	}
	return warnings, v.tryRules(ctx, group, was, l)
}

// tryRules refuses rules whose routes the mesh would not take. It asks only about those that
// the edit changed.
func (v *laneValidator) tryRules(ctx context.Context, group *apiv1.ASMSwimLaneGroup, was, l *apiv1.ASMSwimLane) error {
	asked := l.DeepCopy()
	if was != nil {
		for i, rule := range asked.Spec.IngressRules { // which keep their places: some go by that
			if slices.ContainsFunc(was.Spec.IngressRules, func(old apiv1.IngressRule) bool { return equality.Semantic.DeepEqual(old, rule) }) {
				asked.Spec.IngressRules[i].Online = false
			}
		}
	}
	g, _ := lane.NewGroup(group, []apiv1.ASMSwimLane{*asked})
	if g.Ingress != nil && g.Ingress.Weighted != nil { // those are the group's
		return nil
	}
	plan := g.RulesOf(l.Name)
	// What is no Service of the cluster is warned of in plain words.
	plan.Routes = slices.DeleteFunc(plan.Routes, func(r lane.IngressRoute) bool { return r.Service.Namespace == "" })
	if refused := v.mesh.TryRules(ctx, plan); refused != nil {
		return errors.New(refused.Message)
	}
	return nil
}

func groupOf(l *apiv1.ASMSwimLane) string { return l.Labels[apiv1.LabelSwimLaneGroup] }

// withLane returns the lanes with this one in the place of its stored self.
func withLane(lanes []apiv1.ASMSwimLane, l *apiv1.ASMSwimLane) []apiv1.ASMSwimLane {
	next := slices.DeleteFunc(slices.Clone(lanes), func(other apiv1.ASMSwimLane) bool { return other.Name == l.Name })
	return append(next, *l)
}
