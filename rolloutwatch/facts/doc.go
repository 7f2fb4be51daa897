// Package facts reads the cluster: the pods of a Service and who owns them, which
// revision of its workload a pod is of, the stage of its Rollout, the groups and lanes.
// The webhook and the controllers read the same facts. Only the Applier reads the
// cluster, too: the objects of the mesh.
//
//	Cluster    reads the caches: Snapshot, Placements, Advice; Confirmed… methods
//	           read the API server
//	Registry   all groups and lanes, parsed, and which group has which Service
//	Workload   a workload of any kind, and the revision of its pods
//
// It decides nothing, which is lane's part, and writes nothing.
//
// # A worked example
//
// Pod mockb-v1-x7k2p-abc-1 of Service mockb during a release:
//
//	pod         controller ReplicaSet mockb-v1-x7k2p-abc
//	ReplicaSet  controller Deployment mockb-v1-x7k2p
//	Deployment  label rollouts.kruise.io/canary-deployment: mockb-v1
//	            so the pod's revision is a canary's, and its workload mockb-v1
//	Rollout     rollouts-mockb, whose workloadRef names mockb-v1
//	            phase Progressing, reason InRolling: lane.StageInLane
//
// becomes a lane.Pod whose Owner names the Rollout's release into lane canary.
package facts
