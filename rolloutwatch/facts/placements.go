package facts

import (
	"context"

	corev1 "k8s.io/api/core/v1"

	"lanekeeper.io/lane"
)

// Placements returns the groups' Services that select a pod, with the pod as each of them
// sees it. The webhook calls it for every new pod, so it reads the cache only, but for an
// owner that is not cached yet. Where several groups name a Service, the oldest group has
// it, and its Services come first.
func (c *Cluster) Placements(ctx context.Context, pod *corev1.Pod, namespace string) ([]lane.Placement, error) {
	registry, err := c.Registry(ctx)
	if err != nil || !registry.hasServicesIn(namespace) {
		return nil, err
	}
	services, err := c.servicesOf(ctx, namespace, pod.Labels)
	if err != nil {
		return nil, err
	}
	services = registry.oldestFirst(services)
	if len(services) == 0 {
		return nil, nil
	}
	ch, err := c.chainOf(ctx, pod, namespace)
	if err != nil {
		return nil, err
	}
	marking, err := c.marking(ctx, registry, services)
	if err != nil {
		return nil, err
	}
	out := make([]lane.Placement, len(services))
	for i, service := range services {
		group := registry.Owner(service).Group
		owner, err := c.owner(ctx, ch, group, service)
		if err != nil {
			return nil, err
		}
		out[i] = lane.Placement{Group: group, Service: service, Pod: podFacts(pod, ofRevision(ch, owner, pod.Labels))}
		out[i].Pod.Marking = marking
	}
	return out, nil
}

// MayLabel reports whether the Service labels a pod that several Services select: the
// first one of the oldest group does. Their verdicts may differ, and two that label would
// undo each other's changes for ever.
func (c *Cluster) MayLabel(ctx context.Context, key lane.GroupService, labels map[string]string) (bool, error) {
	registry, err := c.Registry(ctx)
	if err != nil {
		return false, err
	}
	services, err := c.servicesOf(ctx, key.Service.Namespace, labels)
	if err != nil {
		return false, err
	}
	services = registry.oldestFirst(services)
	return len(services) == 0 || lane.GroupService{Group: registry.Owner(services[0]).Name, Service: services[0]} == key, nil
}
