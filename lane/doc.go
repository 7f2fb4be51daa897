// Package lane makes the decisions. From facts about one Service of a lane group it
// derives which pods belong to which lane, in which lanes the Service is present, and
// which routes may name which subset. It is pure: no client, no context, no clock, no
// types of Istio or Kruise. What it knows of them are words: the phases and reasons of
// a Rollout (stage.go), and that proxies learn of subsets and routes apart (settle.go).
// Time, where a rule needs it, is an argument.
//
// # The model
//
// A Group is a set of Services that are released together. Each lane of the
// group is a named set of pods: those that carry the lane's labelSelector. One
// lane is the baseline (the group's fallbackTarget, or what serviceLevelFallbackTarget
// has for the Service), every other is gray. A request carries a tag,
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
// Joining early costs nothing: a lane's subset without a ready pod falls back to the
// baseline in the data plane.
//
// # The parts
//
//   - NewGroup: a group and its lanes, parsed and checked (parse.go, policy.go,
//     baseline.go); of two lanes that could select the same pod the first (laneorder.go)
//   - Assign: the lane of one pod (assign.go, verdict.go), and the labels that its pods
//     carry (markers.go, labelchange.go, selector.go)
//   - StageOf: where a Rollout stands (stage.go); TargetLane: which lane it releases into (target.go)
//   - Compute: the Snapshot of one Service to its Plan (compute.go): its state
//     (takeover.go), its lanes (membership.go), the labels of its pods (relabel.go,
//     unassigned.go)
//   - ComputeIngress: the routes of the group's ingress (ingress.go, ingressplan.go) in
//     their order (routeorder.go), by rules or by weight (weighted.go, sticky.go); of two groups the older one's (ingressclash.go)
//   - Explain: which rule takes a request, and whose pods answer it on its way (explain.go)
//   - Settle: when a route may name a subset, and when it may be removed (settle.go)
package lane
