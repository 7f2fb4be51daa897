package webhook

import (
	"context"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Source reads the cluster (facts.Cluster).
type Source interface {
	// Placements returns the pod as each group's Service that selects it sees it, in a
	// stable order; none for a pod of no group. namespace is the pod's: a new pod's
	// own field may still be empty. It is called for every new pod and reads caches
	// only, but for an owner that they do not have yet.
	Placements(ctx context.Context, pod *corev1.Pod, namespace string) ([]lane.Placement, error)
	// Advice returns what keeps a Rollout's pods out of their lane. Rollouts are edited
	// while a release runs, so it reads caches only.
	Advice(ctx context.Context, namespace string, r *rolloutsv1beta1.Rollout) ([]lane.Problem, error)

	// Lane returns a lane; false when there is none. A warning says whose it is, so it
	// reads caches only.
	Lane(ctx context.Context, name string) (*apiv1.ASMSwimLane, bool, error)

	// The rest reads the API server: people apply a group and its lanes within
	// milliseconds, sooner than a cache sees them.

	// ConfirmedGroup returns a group; false when there is none.
	ConfirmedGroup(ctx context.Context, name string) (*apiv1.ASMSwimLaneGroup, bool, error)
	// ConfirmedGroups returns all groups.
	ConfirmedGroups(ctx context.Context) ([]apiv1.ASMSwimLaneGroup, error)
	// ConfirmedLanes returns the lanes of a group, sorted by name.
	ConfirmedLanes(ctx context.Context, group string) ([]apiv1.ASMSwimLane, error)
	// ConfirmedPorts returns the port numbers of a Service; none when it cannot be read.
	ConfirmedPorts(ctx context.Context, service types.NamespacedName) []int32
}

// lookups are what else a judgement needs of the cluster.
type lookups struct {
	// ports are the port numbers of a Service; none when it is not known.
	ports func(types.NamespacedName) []int32
	// group is the group of a lane; empty when there is no such lane.
	group func(laneName string) string
}

// lookupsIn reads each Service once.
func lookupsIn(ctx context.Context, source Source) lookups {
	known := map[types.NamespacedName][]int32{}
	ports := func(service types.NamespacedName) []int32 {
		numbers, ok := known[service]
		if !ok {
			numbers = source.ConfirmedPorts(ctx, service)
			known[service] = numbers
		}
		return numbers
	}
	group := func(laneName string) string {
		l, ok, err := source.Lane(ctx, laneName)
		if err != nil || !ok {
			return ""
		}
		return groupOf(l)
	}
	return lookups{ports, group}
}
