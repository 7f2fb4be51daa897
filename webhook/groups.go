package webhook

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// groupValidator judges a group together with its lanes.
type groupValidator struct {
	source Source
	// mesh tells why a group's patches cannot be merged.
	mesh MeshChecker
}

// MeshChecker checks what the mesh would be told of a group's patches and of a lane's rules:
// what nobody can use is refused at once, and not left out later.
type MeshChecker interface {
	// CheckPatches returns why the patches cannot be merged into what is generated
	// for the group; nil when they can.
	CheckPatches(group lane.Group) *lane.Problem
	// TryPatches returns why what the patches make would be refused; nil when it would
	// not, or when nobody answered in time.
	TryPatches(ctx context.Context, group lane.Group) *lane.Problem
	// TryRules returns why the routes of the plan's ingress rules would be refused; nil as
	// that of TryPatches.
	TryRules(ctx context.Context, plan lane.IngressPlan) *lane.Problem
}

var _ admission.Validator[*apiv1.ASMSwimLaneGroup] = (*groupValidator)(nil)

// ValidateCreate implements admission.Validator.
func (v *groupValidator) ValidateCreate(ctx context.Context, group *apiv1.ASMSwimLaneGroup) (admission.Warnings, error) {
	warnings, err := v.check(ctx, nil, group)
	return append(warnings, ignoredAfter(&apiv1.ASMSwimLaneGroup{}, group)...), err
}

// ValidateUpdate implements admission.Validator.
func (v *groupValidator) ValidateUpdate(ctx context.Context, before, group *apiv1.ASMSwimLaneGroup) (admission.Warnings, error) {
	// Finalizers and labels change whatever the spec is worth: an invalid group
	// must be able to go.
	if group.DeletionTimestamp != nil {
		return nil, nil
	}
	if equality.Semantic.DeepEqual(before.Spec, group.Spec) && before.Annotations[apiv1.AnnotationBaseline] == group.Annotations[apiv1.AnnotationBaseline] {
		return ignoredAfter(before, group), nil
	}
	warnings, err := v.check(ctx, before, group)
	return append(warnings, ignoredAfter(before, group)...), err
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
	of := lookupsIn(ctx, v.source)
	var old judgement
	if before != nil {
		old = v.judge(before, lanes, of)
	}
	now := v.judge(group, lanes, of)
	if len(lanes) == 0 {
		// Lanes come after their group: that they are missing is no news, and
		// the group's condition says what it waits for.
		// A lane of another group will not come.
		g, _ := lane.NewGroup(group, nil)
		missing := messages(g.MissingBaselines())
		now.warnings = slices.DeleteFunc(now.warnings, func(w string) bool { return slices.Contains(missing, w) })
	}
	warnings := append(now.warningsAfter(old), shared...)
	if err := now.errorAfter(old); err != nil {
		return warnings, err
	}
	if err := v.tryPatches(ctx, before, group); err != nil {
		return warnings, err
	}
	return warnings, v.tryRules(ctx, before, group)
}

// tryRules refuses a weightedRoutingRule whose routes the mesh would not take, if the edit
// changed it.
func (v *groupValidator) tryRules(ctx context.Context, before, group *apiv1.ASMSwimLaneGroup) error {
	rule := group.Spec.Ingress.IngressRouting
	if before != nil && equality.Semantic.DeepEqual(before.Spec.Ingress.IngressRouting, rule) || rule.IngressRoutingStrategy != apiv1.StrategyWeighted {
		return nil
	}
	g, _ := lane.NewGroup(group, nil)
	if refused := v.mesh.TryRules(ctx, g.RulesOf(g.Baseline)); refused != nil {
		return errors.New(refused.Message)
	}
	return nil
}

// tryPatches refuses patches whose result the mesh would not take. It asks only about
// those that the edit changed.
func (v *groupValidator) tryPatches(ctx context.Context, before, group *apiv1.ASMSwimLaneGroup) error {
	g, problem := lane.NewGroup(group, nil)
	if problem != nil && problem.Reason != apiv1.ReasonNotYetSupported {
		return nil
	}
	if before != nil {
		old, _ := lane.NewGroup(before, nil)
		g.Services = slices.DeleteFunc(slices.Clone(g.Services), func(service types.NamespacedName) bool {
			return old.Has(service) && reflect.DeepEqual(old.PolicyOf(service), g.PolicyOf(service))
		})
	}
	if refused := v.mesh.TryPatches(ctx, g); refused != nil {
		return errors.New(refused.Message)
	}
	return nil
}

// judge also checks the group's patches, which an edit of a lane cannot break.
func (v *groupValidator) judge(group *apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane, of lookups) judgement {
	j := judge(group, lanes, of)
	if g, problem := lane.NewGroup(group, lanes); problem == nil {
		if refused := v.mesh.CheckPatches(g); refused != nil {
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
