// Package rolloutwatch follows Rollouts, workloads, pods and Services, and keeps
// lanes in step with them. It reads through facts, decides with lane, writes to the mesh
// through Traffic (trafficprovider.Applier), and writes the statuses that package status
// makes.
//
//	serviceReconciler    one Service of one group: snapshot, plan, pods, traffic
//	groupReconciler      a group's ingress, its status, its finalizer
//	laneReconciler       a lane's status, its finalizer
//	rolloutReconciler    Rollouts whose workload does not exist
//
// The unit of work is one Service of one group, so an event of a pod costs the same
// in a mesh of ten Services and of ten thousand. The first controller publishes each
// Service in the status.Store, the second one each ingress; the statuses of groups and
// lanes are rolled up from it.
//
// # A worked example
//
// A canary pod of mockb becomes ready:
//
//	pod_watch.go       rollout/default/mockb is enqueued, at once
//	Reconcile          Cluster.Snapshot → lane.Compute → Traffic.Apply
//	status.Store       its Service changes: canary 1/1; listeners get the Change
//	status_watches.go  lane canary is enqueued, 200 ms later, and group rollout
//	                   only if its status shows the change
package rolloutwatch
