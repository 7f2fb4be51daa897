package facts

import (
	"context"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// Services that select the same pods.

// selecting are the other Services that select some of the pods, sorted.
func (c *Cluster) selecting(ctx context.Context, service types.NamespacedName, pods []corev1.Pod) ([]types.NamespacedName, error) {
	var out []types.NamespacedName
	var seen []map[string]string
	for i := range pods {
		labels := pods[i].Labels
		if slices.ContainsFunc(seen, func(other map[string]string) bool { return maps.Equal(other, labels) }) {
			continue
		}
		seen = append(seen, labels)
		services, err := c.servicesOf(ctx, service.Namespace, labels)
		if err != nil {
			return nil, err
		}
		out = append(out, services...)
	}
	slices.SortFunc(out, lane.CompareKeys)
	return slices.DeleteFunc(slices.Compact(out), func(s types.NamespacedName) bool { return s == service }), nil
}

// share fills in the other Services that select some of the pods: those of groups, and
// those of none.
func (c *Cluster) share(ctx context.Context, r *Registry, s *lane.Snapshot, pods []corev1.Pod) error {
	others, err := c.selecting(ctx, s.Service.Key, pods)
	if err != nil {
		return err
	}
	group := r.Owner(s.Service.Key)
	for _, other := range others {
		owner := r.Owner(other)
		if owner != nil {
			s.Sharing = append(s.Sharing, other)
		}
		var service corev1.Service
		switch ok, err := c.Get(ctx, other, &service); {
		case err != nil:
			return err
		case !ok:
		case owner == nil:
			s.Beside = append(s.Beside, lane.Beside{Service: other, Selector: service.Spec.Selector, CannotJoin: laneless(&service) != ""})
		case group != nil && group.Name == s.Group.Name && olderFirst(group, owner) < 0:
			s.Younger = append(s.Younger, lane.Younger{GroupService: lane.GroupService{Group: owner.Name, Service: other}, Selector: service.Spec.Selector})
		}
	}
	s.Elders = r.elders(lane.GroupService{Group: s.Group.Name, Service: s.Service.Key}, s.Sharing)
	return nil
}

// elders are those of the Services which a group has that is older than the one that has
// the Service of the key, in their order; none if that group does not have it.
func (r *Registry) elders(key lane.GroupService, sharing []types.NamespacedName) []lane.GroupService {
	group := r.Owner(key.Service)
	if group == nil || group.Name != key.Group {
		return nil
	}
	var out []lane.GroupService
	for _, service := range sharing {
		if owner := r.Owner(service); owner != nil && olderFirst(owner, group) < 0 {
			out = append(out, lane.GroupService{Group: owner.Name, Service: service})
		}
	}
	return out
}

// MembersSharing returns those whose Service selects some of the same pods: whether they
// have their pods to themselves depends on this Service. It reads what one observation of
// the Service does.
func (c *Cluster) MembersSharing(ctx context.Context, r *Registry, service *corev1.Service) ([]lane.GroupService, error) {
	if len(service.Spec.Selector) == 0 || !r.hasServicesIn(service.Namespace) {
		return nil, nil
	}
	pods, err := c.podsOf(ctx, service)
	if err != nil {
		return nil, err
	}
	others, err := c.selecting(ctx, client.ObjectKeyFromObject(service), pods)
	var out []lane.GroupService
	for _, other := range others {
		out = append(out, r.Members(other)...)
	}
	return out, err
}
