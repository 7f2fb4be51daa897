// Package istio is the provider for Istio, with sidecars and gateways.
//
// # What a Service gets
//
// A DestinationRule and a mesh VirtualService, in the Service's own namespace
// (a DestinationRule in Istio's root namespace loses to any other). Fallback
// from a lane to the baseline happens inside the DestinationRule:
//
//	trafficPolicy:                   # whoever names no subset: the baseline first
//	  failoverPriority: [tag=base]
//	subsets:
//	- name: base                     # labels: only the baseline's endpoints
//	  labels: {tag: base}
//	- name: canary                   # no labels: all endpoints, ranked
//	  failoverPriority:
//	  - lanekeeper.io/outside=       # "key=": endpoints WITHOUT the label
//	  - lanekeeper.io/lane.s2=       # of every other gray lane
//	  - tag=canary
//
// Endpoints that match the whole list have priority 0, those that fail at the
// last entry come next, and so on: canary's own pods, then the baseline's, then
// everybody else's. When canary has no ready pod the baseline's move up in the
// same push of endpoints; no object is written and no route changes.
//
// The VirtualService sends the tag of each lane that is present to its subset,
// and everything else to the baseline's.
//
// # Order of writes
//
// The two kinds reach proxies at different moments, so a subset is defined one
// settle before a route names it and outlives its last route by one settle
// (lane.Settle). The deadlines are annotations of the DestinationRule, written
// in the same write as the subset they speak of, so that a new leader goes on
// where the old one stopped. Routes are those of the mesh and those of every
// ingress that we write.
//
// # Words
//
// The ingress of a group is its VirtualService on a Gateway. (Labels, annotations
// and texts for users call it the entry.) A foreign object is one that is not the
// group's own; package foreign decides what it means for ours.
//
// # The parts
//
//   - Live and LiveIngress, what the objects say: live.go, livesubsets.go,
//     liveingress.go; lookup.go and indexes.go find the objects, ownership.go,
//     ingressnamespaces.go and names.go tell whose they are
//   - Translate, the next step of a Service: translate.go; transition.go moves its
//     subsets, destinationrule.go, priorities.go and virtualservice.go write them
//     down, deadlines.go and waits.go keep the time
//   - TranslateIngress, the next step of an ingress: ingress.go; resolvedroute.go
//     chooses the subsets, ingressroutes.go writes them down, ingressmark.go makes
//     them known to the Services
//   - conflicts.go asks package foreign, with what beside.go finds on other Gateways of
//     the workload and meshroutes.go of the Gateway API; patch.go merges the users' patches,
//     locality.go what they say of near endpoints
//
// # What is remembered
//
// What is live is always read from the objects, never remembered, with one
// exception (waits.go). Whatever else is found in our DestinationRule counts as
// the subset of a lane that is leaving, and goes in order.
package istio
