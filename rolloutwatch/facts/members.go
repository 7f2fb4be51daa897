package facts

import (
	"context"
	"errors"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// The Services of groups that an object concerns.

// MembersWithPod returns those whose Service selects pods with these labels. Most pods of
// a cluster are of no group, so it is fast for a namespace without Services of groups.
func (c *Cluster) MembersWithPod(ctx context.Context, r *Registry, namespace string, labels map[string]string) ([]lane.GroupService, error) {
	if !r.hasServicesIn(namespace) {
		return nil, nil
	}
	services, err := c.servicesOf(ctx, namespace, labels)
	var out []lane.GroupService
	for _, service := range services {
		out = append(out, r.Members(service)...)
	}
	return out, err
}

// MembersWithWorkload returns those whose Service selects the pods of an object of
// one of the WorkloadKinds, by its template.
func (c *Cluster) MembersWithWorkload(ctx context.Context, r *Registry, o client.Object) ([]lane.GroupService, error) {
	return c.MembersWithPod(ctx, r, o.GetNamespace(), workloadOf(o).Template)
}

// MembersWithRollout returns those whose Service selects the pods of a Rollout's
// workload, by its template or by its canary's, which outlives a workload that is
// deleted. A workload of a kind that is not cached may have pods of any Service of the
// namespace.
func (c *Cluster) MembersWithRollout(ctx context.Context, r *Registry, rollout *kruisev1beta1.Rollout) ([]lane.GroupService, error) {
	ref := releasedBy(rollout)
	if _, known := ref.known(); !known {
		return r.MembersIn(rollout.Namespace), nil
	}
	workload, err := c.workload(ctx, rollout.Namespace, ref)
	if err != nil {
		return nil, err
	}
	if workload.Exists() {
		return c.MembersWithPod(ctx, r, rollout.Namespace, workload.Template)
	}
	canaries, err := c.canariesOf(ctx, types.NamespacedName{Namespace: rollout.Namespace, Name: ref.Name})
	var out []lane.GroupService
	for _, canary := range canaries {
		members, listing := c.MembersWithPod(ctx, r, rollout.Namespace, canary.Template)
		out, err = append(out, members...), errors.Join(err, listing)
	}
	return out, err
}
