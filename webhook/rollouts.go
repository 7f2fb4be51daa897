package webhook

import (
	"cmp"
	"context"
	"slices"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

// rolloutAdviser warns whoever applies a Rollout that lanes cannot follow. It refuses
// nothing: the Rollout is not ours. The lane's conditions tell the same, for Rollouts
// that came before the lanes did.
type rolloutAdviser struct {
	// source answers from caches: Rollouts are edited while a release runs, and
	// advice must not cost the API server anything.
	source Source
}

var _ admission.Validator[*rolloutsv1beta1.Rollout] = (*rolloutAdviser)(nil)

// ValidateCreate implements admission.Validator.
func (a *rolloutAdviser) ValidateCreate(ctx context.Context, r *rolloutsv1beta1.Rollout) (admission.Warnings, error) {
	return a.advise(ctx, r)
}

// ValidateUpdate implements admission.Validator.
func (a *rolloutAdviser) ValidateUpdate(ctx context.Context, _, r *rolloutsv1beta1.Rollout) (admission.Warnings, error) {
	if r.DeletionTimestamp != nil {
		return nil, nil
	}
	return a.advise(ctx, r)
}

// ValidateDelete implements admission.Validator.
func (a *rolloutAdviser) ValidateDelete(context.Context, *rolloutsv1beta1.Rollout) (admission.Warnings, error) {
	return nil, nil
}

func (a *rolloutAdviser) advise(ctx context.Context, r *rolloutsv1beta1.Rollout) (admission.Warnings, error) {
	namespace := r.Namespace
	if req, err := admission.RequestFromContext(ctx); err == nil {
		namespace = cmp.Or(req.Namespace, namespace)
	}
	problems, err := a.source.Advice(ctx, namespace, r)
	if err != nil {
		return nil, err
	}
	var warnings admission.Warnings
	for _, p := range problems {
		warnings = append(warnings, p.Message)
	}
	slices.Sort(warnings)
	return slices.Compact(warnings), nil
}
