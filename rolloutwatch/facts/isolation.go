package facts

import (
	"context"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// A pod may carry its lane's marker when every Service that selects it keeps that marker
// out of its other gray lanes. This finds the Services; Mesh knows what their traffic
// objects keep out.

// unisolated are the lanes whose marker a pod that all of the Services select may not
// carry yet.
func (c *Cluster) unisolated(ctx context.Context, r *Registry, services []types.NamespacedName) ([]string, error) {
	if c.Mesh == nil {
		return nil, nil
	}
	var out []string
	for _, service := range services {
		group := r.Owner(service).Group
		names, err := c.Mesh.Unisolated(ctx, lane.GroupService{Group: group.Name, Service: service}, group.Lanes)
		if err != nil {
			return nil, err
		}
		out = append(out, names...)
	}
	return out, nil
}

// Unisolated returns the lanes whose marker the pods of a Service may not carry yet, as
// far as that is up to the Services that share them.
func (c *Cluster) Unisolated(ctx context.Context, s lane.Snapshot) ([]string, error) {
	if len(s.Sharing) == 0 {
		return nil, nil
	}
	registry, err := c.Registry(ctx)
	if err != nil {
		return nil, err
	}
	return c.unisolated(ctx, registry, registry.oldestFirst(slices.Clone(s.Sharing)))
}
