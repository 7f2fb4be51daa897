// Package webhook is what the API server calls before it stores an object. It only
// reads, so every replica serves it, leader or not.
//
//	/mutate-pods            stamps new pods with their lane (pods.go, stamp.go)
//	/mutate-pods-required   the same, for namespaces that would rather have no
//	                        pod than one of an unknown lane
//	/validate-groups        a group with its lanes: lanes that could select the same
//	/validate-lanes         pod, names of what does not exist, patches that cannot be
//	                        merged (groups.go, lanes.go, judge.go)
//	/validate-rollouts      advice about Kruise Rollouts, never a refusal (rollouts.go)
//
// Refusing a pod is worse than mislabelling it, for the controllers repair
// labels later. So /mutate-pods fails open, in code (failopen.go) and by its
// failurePolicy; an error of a typed Defaulter alone would refuse the pod
// whatever the failurePolicy says.
//
// # A worked example
//
// Kruise creates a canary pod of mockb, which Rollout rollouts-mockb releases into
// lane canary. Its template carries the baseline's label, ASM_TRAFFIC_TAG: base.
//
//	readPod              labels app: mockb, ASM_TRAFFIC_TAG: base; controller
//	                     ReplicaSet mockb-v1-x7k2p-abc
//	Source.Placements    Service default/mockb of group rollout selects it, and its
//	                     owner is a canary of that Rollout
//	lane.Assign          Lane canary: set ASM_TRAFFIC_TAG: canary and
//	                     lanekeeper.io/lane.canary: "1"
//	labelPatch           [{"op": "replace", "path": "/metadata/labels/ASM_TRAFFIC_TAG", ...},
//	                      {"op": "add", "path": "/metadata/labels/lanekeeper.io~1lane.canary", ...}]
package webhook
