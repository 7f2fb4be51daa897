package webhook

import (
	"context"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	corev1 "k8s.io/api/core/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Source knows the cluster (facts.Cluster).
type Source interface {
	// Placements returns the pod seen from each group's Service that selects
	// it, in a stable order; none when lanes are no business of the pod's.
	// namespace is the pod's: a new pod's own field may still be empty. It is asked
	// for every new pod, and answers from caches.
	Placements(ctx context.Context, pod *corev1.Pod, namespace string) ([]lane.Placement, error)
	// Advice is what keeps a Rollout's pods out of their lane. Rollouts are edited
	// while a release runs, so it answers from caches, too.
	Advice(ctx context.Context, namespace string, r *rolloutsv1beta1.Rollout) ([]lane.Problem, error)

	// The others ask the API server. People apply a group and its lanes within
	// milliseconds, and a cache would not have heard of them.
	ConfirmedGroup(ctx context.Context, name string) (*apiv1.ASMSwimLaneGroup, bool, error)
	ConfirmedGroups(ctx context.Context) ([]apiv1.ASMSwimLaneGroup, error)
	ConfirmedLanes(ctx context.Context, group string) ([]apiv1.ASMSwimLane, error)
}
