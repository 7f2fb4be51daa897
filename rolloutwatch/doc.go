// Package rolloutwatch follows Rollouts, workloads, pods and Services, and keeps
// lanes true to them. It reads through facts, decides with lane, writes to the mesh
// through Traffic (trafficprovider.Applier) and tells through status.
//
//	serviceReconciler    one Service of one group: snapshot, plan, pods, traffic
//	groupReconciler      a group's ingress, its status, its end
//	laneReconciler       a lane's status, its end
//	rolloutReconciler    Rollouts whose workload does not exist
//
// The unit of work is one Service of one group, so an event of a pod costs the same
// in a mesh of ten Services and of ten thousand. The first controller writes the
// status.Store, from which the next two roll up.
//
// # A worked example
//
// A canary pod of mockb becomes ready:
//
//	pod_watch       rollout/default/mockb is enqueued, at once
//	Reconcile       facts.Snapshot → lane.Compute → Traffic.Apply
//	status.Store    its Service changes: canary 1/1, and tells who shows that
//	status_watches  lane canary is enqueued, 200 ms later, and group rollout
//	                only if its status shows the change
package rolloutwatch
