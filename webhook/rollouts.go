package webhook

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// rolloutAdviser tells whoever applies a Rollout what lanes will make of it.
// The Rollout is not ours, so it only warns. The same is said on the lane's
// conditions, for Rollouts that came before the lanes did.
type rolloutAdviser struct {
	// cache answers: Rollouts are edited while a release runs, and advice must
	// not cost the API server anything.
	cache client.Reader
}

var _ admission.Validator[*rolloutsv1beta1.Rollout] = (*rolloutAdviser)(nil)

func (a *rolloutAdviser) ValidateCreate(ctx context.Context, r *rolloutsv1beta1.Rollout) (admission.Warnings, error) {
	return a.advise(ctx, r)
}

func (a *rolloutAdviser) ValidateUpdate(ctx context.Context, _, r *rolloutsv1beta1.Rollout) (admission.Warnings, error) {
	if r.DeletionTimestamp != nil {
		return nil, nil
	}
	return a.advise(ctx, r)
}

func (a *rolloutAdviser) ValidateDelete(context.Context, *rolloutsv1beta1.Rollout) (admission.Warnings, error) {
	return nil, nil
}

func (a *rolloutAdviser) advise(ctx context.Context, r *rolloutsv1beta1.Rollout) (admission.Warnings, error) {
	namespace := r.Namespace
	if req, err := admission.RequestFromContext(ctx); err == nil {
		namespace = req.Namespace
	}
	groups, err := a.groups(ctx)
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	warnings := routingAdvice(groups, namespace, r.Spec.Strategy)

	ref := r.Spec.WorkloadRef
	if ref.Kind != "Deployment" {
		return warnings, nil
	}
	var workload appsv1.Deployment
	err = a.cache.Get(ctx, types.NamespacedName{Namespace: namespace, Name: ref.Name}, &workload)
	if apierrors.IsNotFound(err) {
		return append(warnings, workloadAdvice(groups, namespace, r)...), nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading Deployment %s/%s: %w", namespace, ref.Name, err)
	}
	for _, g := range groups {
		services, err := a.selecting(ctx, g, namespace, workload.Spec.Template.Labels)
		if err != nil {
			return nil, err
		}
		for _, service := range services {
			warnings = append(warnings, releaseAdvice(g, service, r, &workload)...)
		}
	}
	return distinct(warnings), nil
}

// groups returns every group with its lanes.
func (a *rolloutAdviser) groups(ctx context.Context) ([]lane.Group, error) {
	var groups apiv1.ASMSwimLaneGroupList
	var lanes apiv1.ASMSwimLaneList
	if err := errors.Join(a.cache.List(ctx, &groups), a.cache.List(ctx, &lanes)); err != nil {
		return nil, fmt.Errorf("listing groups and lanes: %w", err)
	}
	out := make([]lane.Group, 0, len(groups.Items))
	for i := range groups.Items {
		own := slices.DeleteFunc(slices.Clone(lanes.Items), func(l apiv1.ASMSwimLane) bool { return groupOf(&l) != groups.Items[i].Name })
		g, _ := lane.NewGroup(&groups.Items[i], own)
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b lane.Group) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}
