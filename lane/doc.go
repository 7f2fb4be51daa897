// Package lane decides. Given facts about one Service of a lane group it says
// which pods belong to which lane, in which lanes the Service is present, and
// which routes may name which subset. It is pure: no client, no context, no
// clock, nothing of Istio or Kruise. Time, where a rule needs it, is an
// argument.
//
// # The model
//
// A Group is a set of Services that are released together. Each lane of the
// group is a named set of pods: those that carry the lane's labelSelector. One
// lane is the baseline (the group's fallbackTarget, or the Service's own entry
// in serviceLevelFallbackTarget), every other is gray. A request carries a tag,
// the value of the group's routeHeader, which is a lane's name.
//
// # A worked example
//
// Group "rollout" has the Services mocka, mockb and mockc and the lanes base
// (ASM_TRAFFIC_TAG: base, the baseline) and canary (ASM_TRAFFIC_TAG: canary).
// Somebody patches mockb's image:
//
//	Rollout rollouts-mockb      Stage          mockb in canary?  why
//	Healthy                     Idle           no
//	Progressing/Initializing    Entering       yes               joins early, while pods still start
//	Progressing/InRolling       InLane         yes
//	   (kubectl kruise rollout approve)
//	Progressing/Finalising      Promoting      yes               until the last canary pod is gone
//	Healthy, Succeeded=True     Promoted       while canary pods live
//	   (or: kubectl kruise rollout undo)
//	Progressing/Cancelling      RollingBack    no                at once
//	Healthy, Succeeded=False    RolledBack     no                although pods live a moment longer
//
// Joining early costs nobody anything: a lane's subset without a ready pod
// falls back to the baseline in the data plane.
//
// # The parts
//
//   - Assign: the lane of one pod, and the labels that say so (assign.go, markers.go)
//   - StageOf: where a Rollout stands (stage.go); TargetLane: which lane it releases into (target.go)
//   - Compute: Snapshot of one Service to its Plan (compute.go, membership.go, takeover.go)
//   - ComputeIngress: the group's entry routes (ingress.go)
//   - Settle: when a subset may be named, and when it may go (settle.go)
package lane
