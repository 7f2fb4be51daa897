// Package rolloutwatch follows Rollouts, workloads, pods and Services, and
// keeps lanes true to them.
//
//	Facts                reads the caches and says what is: the owner of a pod,
//	                     where its Rollout stands, a Service's lane.Snapshot
//	serviceReconciler    one Service of one group: snapshot, plan, traffic, row
//	groupReconciler      a group's entry, its status, its end
//	laneReconciler       a lane's status, its end
//	rolloutReconciler    Rollouts whose workload does not exist
//	board                the rows that the first writes and the next two read
//
// The unit of work is one Service, so an event of a pod costs the same in a
// mesh of ten Services and of ten thousand. Everything that is written to the
// mesh goes through Traffic (trafficprovider.Applier).
package rolloutwatch
