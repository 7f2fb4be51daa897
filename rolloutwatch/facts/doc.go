// Package facts says what the cluster says: the pods of a Service and who owns
// them, which revision of its workload a pod is of, where its Rollout stands, what
// the groups and lanes ask for. The webhook and the controllers read the same
// facts, and nobody else reads the cluster but the Applier, which reads the mesh.
//
//	Cluster    answers, from the caches: Snapshot, Placements, Advice
//	Registry   all groups and lanes, parsed, and who has which Service
//	Workload   a workload of any kind, and the revision of its pods
//
// It decides nothing, which is lane's, and writes nothing.
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
