package facts

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Reads of the API server, for where it matters that a cache may be behind: a group and
// its lanes are applied within milliseconds, and what is about to be withdrawn must be
// gone indeed.

// ConfirmedGroup reads a group; false when there is none.
func (c *Cluster) ConfirmedGroup(ctx context.Context, name string) (*apiv1.ASMSwimLaneGroup, bool, error) {
	var group apiv1.ASMSwimLaneGroup
	ok, err := exists(c.API.Get(ctx, client.ObjectKey{Name: name}, &group))
	return &group, ok, err
}

// ConfirmedGroups reads all groups.
func (c *Cluster) ConfirmedGroups(ctx context.Context) ([]apiv1.ASMSwimLaneGroup, error) {
	var groups apiv1.ASMSwimLaneGroupList
	if err := c.API.List(ctx, &groups); err != nil {
		return nil, fmt.Errorf("listing groups: %w", err)
	}
	return groups.Items, nil
}

// ConfirmedLanes reads the lanes of a group, sorted by name.
func (c *Cluster) ConfirmedLanes(ctx context.Context, group string) ([]apiv1.ASMSwimLane, error) {
	var lanes apiv1.ASMSwimLaneList
	if err := c.API.List(ctx, &lanes, client.MatchingLabels{apiv1.LabelSwimLaneGroup: group}); err != nil {
		return nil, fmt.Errorf("listing the lanes of group %s: %w", group, err)
	}
	slices.SortFunc(lanes.Items, func(a, b apiv1.ASMSwimLane) int { return strings.Compare(a.Name, b.Name) })
	return lanes.Items, nil
}

// ConfirmWithdrawal reports whether a Service that is not its group's in the cache is not
// its in the API server either: to a cache that is behind, a group seems not to exist, or
// an older one seems to name the Service still. It reads the group, and the one that has
// the Service. Without an API reader the cache is right.
//
// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups,verbs=get
func (c *Cluster) ConfirmWithdrawal(ctx context.Context, key lane.GroupService) (bool, error) {
	if c.API == nil {
		return true, nil
	}
	group, ok, err := c.ConfirmedGroup(ctx, key.Group)
	if err != nil || !ok || !claims(group, key.Service) {
		return err == nil, err
	}
	registry, err := c.Registry(ctx)
	if err != nil {
		return false, err
	}
	owner := registry.Owner(key.Service)
	if owner == nil || owner.Name == key.Group {
		return false, nil
	}
	older, ok, err := c.ConfirmedGroup(ctx, owner.Name)
	return ok && claims(older, key.Service) && byAge(older.CreationTimestamp, older.Name, group.CreationTimestamp, group.Name) < 0, err
}

// claims reports whether the group is one that the Service may be of.
func claims(group *apiv1.ASMSwimLaneGroup, service types.NamespacedName) bool {
	return !Deleting(group) && namesService(group, service)
}

func namesService(group *apiv1.ASMSwimLaneGroup, service types.NamespacedName) bool {
	return slices.ContainsFunc(group.Spec.Services, func(s apiv1.ServiceReference) bool {
		return s.Namespace == service.Namespace && s.Name == service.Name
	})
}

// ConfirmedPods reads the pods of a Service, without their owners. There are none without
// an API reader, or where the Service has no selector.
func (c *Cluster) ConfirmedPods(ctx context.Context, service types.NamespacedName) ([]lane.Pod, error) {
	var s corev1.Service
	if ok, err := c.Get(ctx, service, &s); err != nil || !ok || len(s.Spec.Selector) == 0 || c.API == nil {
		return nil, err
	}
	var pods corev1.PodList
	err := c.API.List(ctx, &pods, client.InNamespace(service.Namespace), client.MatchingLabels(s.Spec.Selector))
	if err != nil {
		return nil, fmt.Errorf("listing the pods of Service %s: %w", service, err)
	}
	var out []lane.Pod
	for i := range pods.Items {
		if !podEnded(&pods.Items[i]) {
			out = append(out, podFacts(&pods.Items[i], lane.Owner{}))
		}
	}
	return out, nil
}

// ConfirmedPorts returns the port numbers of a Service; none when it cannot be read.
func (c *Cluster) ConfirmedPorts(ctx context.Context, key types.NamespacedName) []int32 {
	var service corev1.Service
	if err := c.API.Get(ctx, key, &service); err != nil {
		return nil
	}
	return lane.Numbers(portsOf(&service))
}
