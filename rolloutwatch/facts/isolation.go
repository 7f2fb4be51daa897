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

// marking is what the mesh has to say of the markers of a pod that all of the Services select.
func (c *Cluster) marking(ctx context.Context, r *Registry, services []types.NamespacedName) (lane.Marking, error) {
	var out lane.Marking
	if c.Mesh == nil {
		return out, nil
	}
	for _, service := range services {
		group := r.Owner(service).Group
		one, err := c.Mesh.Marking(ctx, lane.GroupService{Group: group.Name, Service: service}, group.Lanes)
		if err != nil {
			return lane.Marking{}, err
		}
		out = out.And(one)
	}
	return out, nil
}

// Marking returns what the mesh has to say of the markers of a Service's pods, as far as that is
// up to the Services that share them.
func (c *Cluster) Marking(ctx context.Context, s lane.Snapshot) (lane.Marking, error) {
	if len(s.Sharing) == 0 {
		return lane.Marking{}, nil
	}
	registry, err := c.Registry(ctx)
	if err != nil {
		return lane.Marking{}, err
	}
	return c.marking(ctx, registry, registry.oldestFirst(slices.Clone(s.Sharing)))
}
