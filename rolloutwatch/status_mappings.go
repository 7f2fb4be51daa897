package rolloutwatch

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
)

// groupsOfLane returns the lane's group, those that name the lane as a baseline, and those
// on its gateway: which of several gets a request depends on the rules of all of them.
func (w statusWatches) groupsOfLane(ctx context.Context, o client.Object) []string {
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return nil // the cache has stopped
	}
	out := registry.WithBaseline(o.GetName())
	if name := groupOfLane(o); name != "" {
		out = append(out, name)
	}
	if group := registry.Group(groupOfLane(o)); group != nil {
		out = append(out, registry.OnGateways(group.Gateway())...)
	}
	return out
}

// groupsBeside returns the groups on a group's gateway.
func (w statusWatches) groupsBeside(ctx context.Context, o client.Object) []string {
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return nil // the cache has stopped
	}
	gateway := o.(*apiv1.ASMSwimLaneGroup).Spec.Ingress.Gateway
	return registry.OnGateways(types.NamespacedName{Namespace: gateway.Namespace, Name: gateway.Name})
}

// groupsOfTraffic returns the group that an object belongs to, and those whose gateway it
// is or is on.
func (w statusWatches) groupsOfTraffic(ctx context.Context, o client.Object) []string {
	var out []string
	if owner, ok := w.provider.OwnerOf(o); ok {
		out = append(out, owner.Group)
	}
	impact, _ := w.provider.ImpactOf(ctx, o) // an error means that the cache has stopped
	out = append(out, impact.Groups...)
	if len(impact.Gateways) == 0 {
		return out
	}
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return out // the cache has stopped
	}
	return append(out, registry.OnGateways(impact.Gateways...)...)
}

// groupOfIngress returns the group of an object of ours for an ingress. Only the group
// repairs it, so that does not wait for changes to be collected.
func (w statusWatches) groupOfIngress(_ context.Context, o client.Object) []reconcile.Request {
	if owner, ok := w.provider.OwnerOf(o); ok && owner.Service.Name == "" {
		return []reconcile.Request{requestOf(owner.Group)}
	}
	return nil
}

func (w statusWatches) lanesOfGroup(ctx context.Context, o client.Object) []string {
	return w.lanesOf(ctx, o.GetName())
}

// lanesOfBaseline returns the lanes of the groups that name a lane as a baseline: without
// it a group is unusable, and none of its lanes is ready.
func (w statusWatches) lanesOfBaseline(ctx context.Context, o client.Object) []string {
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return nil // the cache has stopped
	}
	var out []string
	for _, group := range registry.WithBaseline(o.GetName()) {
		out = append(out, registry.LanesOf(group)...)
	}
	return out
}

// lanesOfIngress returns the lanes of a group whose ingress object changed. Changes of
// the Services' objects come through the store, but those of an ingress do not, and a
// lane that is being deleted waits until no ingress names it.
func (w statusWatches) lanesOfIngress(ctx context.Context, o client.Object) []string {
	if owner, ok := w.provider.OwnerOf(o); ok && owner.Service.Name == "" {
		return w.lanesOf(ctx, owner.Group)
	}
	return nil
}

// lanesOf returns the lanes whose label names the group, whether or not it exists.
func (w statusWatches) lanesOf(ctx context.Context, group string) []string {
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return nil // the cache has stopped
	}
	return registry.LanesOf(group)
}
