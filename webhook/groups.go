package webhook

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// groupValidator judges a group together with its lanes.
type groupValidator struct {
	source Source
	// patches tells why a group's patches cannot be merged.
	patches PatchChecker
}

// PatchChecker checks the patches of a group. One that cannot be merged stops every
// change of the Services it is for, an undo included, so it is refused at once.
type PatchChecker interface {
	// CheckPatches returns why the patches cannot be merged into what is generated
	// for the group; nil when they can.
	CheckPatches(group lane.Group) *lane.Problem
}

var _ admission.Validator[*apiv1.ASMSwimLaneGroup] = (*groupValidator)(nil)

// ValidateCreate implements admission.Validator.
func (v *groupValidator) ValidateCreate(ctx context.Context, group *apiv1.ASMSwimLaneGroup) (admission.Warnings, error) {
	return v.check(ctx, nil, group)
}

// ValidateUpdate implements admission.Validator.
func (v *groupValidator) ValidateUpdate(ctx context.Context, before, group *apiv1.ASMSwimLaneGroup) (admission.Warnings, error) {
	// Finalizers and labels change whatever the spec is worth: an invalid group
	// must be able to go.
	if group.DeletionTimestamp != nil || equality.Semantic.DeepEqual(before.Spec, group.Spec) {
		return nil, nil
	}
	return v.check(ctx, before, group)
}

// ValidateDelete implements admission.Validator.
func (v *groupValidator) ValidateDelete(context.Context, *apiv1.ASMSwimLaneGroup) (admission.Warnings, error) {
	return nil, nil
}

func (v *groupValidator) check(ctx context.Context, before, group *apiv1.ASMSwimLaneGroup) (admission.Warnings, error) {
	lanes, err := v.source.ConfirmedLanes(ctx, group.Name)
	if err != nil {
		return unchecked(err), nil
	}
	shared, err := v.sharedServices(ctx, group)
	if err != nil {
		return unchecked(err), nil
	}
	of := portsOf(ctx, v.source)
	var old judgement
	if before != nil {
		old = v.judge(before, lanes, of)
	}
	now := v.judge(group, lanes, of)
	if len(lanes) == 0 {
		// Lanes come after their group: that they are missing is no news, and
		// the group's condition says what it waits for.
		g, _ := lane.NewGroup(group, nil)
		missing := messages(g.MissingBaselines())
		now.warnings = slices.DeleteFunc(now.warnings, func(w string) bool { return slices.Contains(missing, w) })
	}
	return append(now.warningsAfter(old), shared...), now.errorAfter(old)
}

// judge also checks the group's patches, which an edit of a lane cannot break.
func (v *groupValidator) judge(group *apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane, of ports) judgement {
	j := judge(group, lanes, of)
	if g, problem := lane.NewGroup(group, lanes); problem == nil {
		if refused := v.patches.CheckPatches(g); refused != nil {
			j.problems = append(j.problems, *refused)
		}
	}
	return j
}

// sharedServices warns of services that another group has too.
func (v *groupValidator) sharedServices(ctx context.Context, group *apiv1.ASMSwimLaneGroup) (admission.Warnings, error) {
	groups, err := v.source.ConfirmedGroups(ctx)
	if err != nil {
		return nil, err
	}
	mine, _ := lane.NewGroup(group, nil)
	var warnings admission.Warnings
	for i := range groups {
		if groups[i].Name == group.Name {
			continue
		}
		other, _ := lane.NewGroup(&groups[i], nil)
		for _, service := range mine.Services {
			if other.Has(service) {
				warnings = append(warnings, fmt.Sprintf(
					"service %s is in group %s too, and only the older group routes it: take it out of one of them", service, other.Name))
			}
		}
	}
	return warnings, nil
}

// unchecked allows what could not be checked: the controllers check it again,
// and freeze what must not be.
func unchecked(err error) admission.Warnings {
	return admission.Warnings{fmt.Sprintf("not checked against other lanes and groups, see the object's conditions: %v", err)}
}
