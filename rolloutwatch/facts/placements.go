package facts

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

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
		if out[i].Pod.Owner, err = c.standing(ctx, ch, out[i].Pod, group, service); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// standing notes on the owner of a pod what its revision is, by what is on record in the mesh.
func (c *Cluster) standing(ctx context.Context, ch chain, pod lane.Pod, group lane.Group, service types.NamespacedName) (lane.Owner, error) {
	owner := pod.Owner
	if c.Mesh == nil || !ch.workload.Exists() {
		return owner, nil
	}
	records, err := c.Mesh.Records(ctx, lane.GroupService{Group: group.Name, Service: service})
	if err != nil {
		return owner, err
	}
	w, ok, err := c.revisioned(ctx, ch.workload, group, records)
	if err != nil || !ok {
		return owner, err
	}
	return owner.Stand(w.StandingOf(owner.Revision, pod.Labels, w.Foreseen(records))), nil
}

// Permitted returns what the Service changes of a pod that several Services select: the
// first one of the oldest group labels it. Their verdicts may differ, and two that label would
// undo each other's changes for ever. Another Service of that group with the same baseline says
// of the pod where it may answer, since the first one may have nobody to keep out.
func (c *Cluster) Permitted(ctx context.Context, key lane.GroupService, labels map[string]string, change lane.Change) (lane.Change, error) {
	registry, err := c.Registry(ctx)
	if err != nil {
		return lane.Change{}, err
	}
	services, err := c.servicesOf(ctx, key.Service.Namespace, labels)
	if err != nil {
		return lane.Change{}, err
	}
	services = registry.oldestFirst(services)
	if len(services) == 0 {
		return change, nil
	}
	group := registry.Owner(services[0]).Group
	switch first := (lane.GroupService{Group: group.Name, Service: services[0]}); {
	case first == key:
		return change, nil
	case first.Group == key.Group && group.SameBaseline(first.Service, key.Service):
		return change.Answers(), nil
	}
	return lane.Change{}, nil
}
