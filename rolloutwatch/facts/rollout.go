package facts

import (
	"context"
	"slices"
	"strings"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// WorkloadMissing reports whether a Rollout is to release into a lane, and its workload
// does not exist. Workloads of kinds that are not cached are taken to exist.
func (c *Cluster) WorkloadMissing(ctx context.Context, rollout *kruisev1beta1.Rollout) (bool, error) {
	ref := releasedBy(rollout)
	if _, known := ref.known(); !known || Deleting(rollout) {
		return false, nil
	}
	workload, err := c.workload(ctx, rollout.Namespace, ref)
	if err != nil || workload.Exists() {
		return false, err
	}
	registry, err := c.Registry(ctx)
	if err != nil {
		return false, err
	}
	return registry.namesLane(rollout) || registry.hasServicesIn(rollout.Namespace), nil
}

// RolloutOf returns the Rollout that releases an object of one of the WorkloadKinds; nil
// without one.
func (c *Cluster) RolloutOf(ctx context.Context, o client.Object) (*kruisev1beta1.Rollout, error) {
	return c.rolloutOf(ctx, o.GetNamespace(), workloadOf(o).Ref)
}

// Rollout reads a Rollout from the cache; false when it does not exist, or when Rollouts
// are not served.
func (c *Cluster) Rollout(ctx context.Context, key types.NamespacedName) (*kruisev1beta1.Rollout, bool, error) {
	var rollout kruisev1beta1.Rollout
	if !c.Serves(&kruisev1beta1.Rollout{}) {
		return &rollout, false, nil
	}
	ok, err := c.Get(ctx, key, &rollout)
	return &rollout, ok, err
}

// rolloutOf finds the Rollout that releases a workload; nil without one. Kruise
// refuses a second one, so of several the first by name is as good as any.
func (c *Cluster) rolloutOf(ctx context.Context, namespace string, workload Ref) (*kruisev1beta1.Rollout, error) {
	if !c.Serves(&kruisev1beta1.Rollout{}) {
		return nil, nil
	}
	var list kruisev1beta1.RolloutList
	if err := c.list(ctx, &list, namespace, indexWorkload, workload.String()); err != nil || len(list.Items) == 0 {
		return nil, err
	}
	first := slices.MinFunc(list.Items, func(a, b kruisev1beta1.Rollout) int { return strings.Compare(a.Name, b.Name) })
	return &first, nil
}
