package facts

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Snapshot reads all facts about one Service of a group whose baseline in the mesh is the
// lane serving, if any, and whose workloads' revisions are on record so, but for other facts of the mesh: the caller fills in Since,
// TakenOver, HeldByOther and Marking. Of a Service that is
// withdrawn because an older group has it, Hold says so.
func (c *Cluster) Snapshot(ctx context.Context, key lane.GroupService, serving string, records lane.Records) (lane.Snapshot, error) {
	registry, err := c.Registry(ctx)
	if err != nil {
		return lane.Snapshot{}, err
	}
	s := lane.Snapshot{Group: lane.Group{Name: key.Group}, Service: lane.Service{Key: key.Service}, Serving: serving, Records: records}
	owner, group := registry.Owner(key.Service), registry.Group(key.Group)
	if group != nil {
		s.Group, s.Hold = group.Group, group.Problem
	}
	if group != nil && owner == group {
		return s, c.fill(ctx, registry, &s)
	}
	s.Withdrawing, s.Hold = true, nil
	if owner == nil {
		return s, c.fill(ctx, registry, &s)
	}
	// Its pods are the owner's to label.
	if group != nil && !group.Deleting && group.Has(key.Service) {
		s.Hold = heldByOlder(key.Service, owner)
	}
	return s, nil
}

func heldByOlder(service types.NamespacedName, owner *Group) *lane.Problem {
	return &lane.Problem{Reason: apiv1.ReasonConflict, Message: fmt.Sprintf(
		"Service %s belongs to the older group %s: take it out of one of them", service, owner.Name)}
}

// fill reads the Service, its pods, and the Rollouts that release them.
func (c *Cluster) fill(ctx context.Context, registry *Registry, s *lane.Snapshot) error {
	var service corev1.Service
	if err := c.Cache.Get(ctx, s.Service.Key, &service, client.UnsafeDisableDeepCopy); err != nil {
		return client.IgnoreNotFound(err)
	}
	var err error
	if s.Service, err = c.serviceFacts(ctx, &service); err != nil {
		return err
	}
	if len(service.Spec.Selector) == 0 {
		return nil
	}
	pods, err := c.podsOf(ctx, &service)
	if err != nil {
		return err
	}
	group := s.Group.Serving(s.Service.Key, s.Serving)
	owners := owners{cluster: c, group: group, service: s.Service.Key, seen: map[ownerKey]seenOwner{}}
	for i := range pods {
		owner, err := owners.of(ctx, &pods[i])
		if err != nil {
			return err
		}
		p := podFacts(&pods[i], owner.Owner)
		p.PortNames = portNames(&service, &pods[i])
		p.Ready = p.Ready && !p.PortNames.All
		p.AgentMissing = agentMissing(&pods[i])
		if c.Mesh != nil {
			p.Note = c.Mesh.ReadPod(&pods[i])
		}
		// The garbage collector deletes a pod whose owner is gone.
		p.Terminating = p.Terminating || owner.gone
		s.Pods = append(s.Pods, p)
	}
	if err := c.share(ctx, registry, s, pods); err != nil {
		return err
	}
	selected, err := c.workloadsSelectedBy(ctx, &service)
	if err != nil {
		return err
	}
	if s.Releases, err = c.releases(ctx, &service, selected, group, &owners); err != nil {
		return err
	}
	s.Workloads, err = c.workloads(ctx, selected, group, s.Pods, s.Records)
	return err
}
