package v1

// Condition types. Every condition carries the observedGeneration it was
// decided for.
const (
	// ConditionAccepted says whether the spec is valid by itself and together
	// with the objects it names. Present on groups and lanes.
	ConditionAccepted = "Accepted"

	// ConditionIngressProgrammed says whether the group's gateway sends
	// requests into their lanes. Present on groups.
	ConditionIngressProgrammed = "IngressProgrammed"

	// ConditionReady is the summary: True when everything that the spec asks
	// for is in the mesh. Present on groups and lanes.
	ConditionReady = "Ready"
)

// Reasons of conditions that are True.
const (
	// ReasonAccepted: the spec is valid.
	ReasonAccepted = "Accepted"

	// ReasonPartiallySupported: the spec is valid and in force, but for a part,
	// or a promise; the message names it.
	ReasonPartiallySupported = "PartiallySupported"

	// ReasonProgrammed: the mesh has everything the spec asks for.
	ReasonProgrammed = "Programmed"

	// ReasonNoIngress: the group names no gateway, so there is nothing to program.
	ReasonNoIngress = "NoIngress"
)

// Reasons about the spec itself, of conditions that are False.
const (
	// ReasonInvalid: the spec contradicts itself or another object; the
	// message names both. Traffic stays as it was.
	ReasonInvalid = "Invalid"

	// ReasonNotYetSupported: lanes do not follow the Rollout, whose pods keep the labels
	// of their template.
	ReasonNotYetSupported = "NotYetSupported"

	// ReasonGroupNotFound: the lane's label names no group that exists, or
	// there is no such label.
	ReasonGroupNotFound = "GroupNotFound"

	// ReasonGroupNotAccepted: the lane's group is not accepted.
	ReasonGroupNotAccepted = "GroupNotAccepted"

	// ReasonBaselineMissing: the lane that fallbackTarget names does not exist.
	ReasonBaselineMissing = "BaselineMissing"

	// ReasonPatchRefused: a trafficPolicyPatch or httpRoutePatch sets a field
	// that lanes depend on, or is not of the shape Istio knows.
	ReasonPatchRefused = "PatchRefused"
)

// Reasons about a Service, on status rows and on Ready.
const (
	// ReasonServiceNotFound: there is no Service of that name.
	ReasonServiceNotFound = "ServiceNotFound"

	// ReasonServiceUnsupported: the Service is headless or of type
	// ExternalName; it has no endpoints that a subset could choose from.
	ReasonServiceUnsupported = "ServiceUnsupported"

	// ReasonServiceNotInGroup: a lane names a Service that its group does not.
	ReasonServiceNotInGroup = "ServiceNotInGroup"

	// ReasonUnlabelledPods: ready pods of the Service do not carry their
	// lane's labels yet, so its traffic is left alone.
	ReasonUnlabelledPods = "UnlabelledPods"

	// ReasonNoBaselinePod: no ready pod of the Service belongs to the baseline, or to the
	// lane that is to be the baseline.
	ReasonNoBaselinePod = "NoBaselinePod"

	// ReasonNoReadyPods: the lane has pods of the Service, none of them
	// ready; tagged requests meet the baseline there.
	ReasonNoReadyPods = "NoReadyPods"

	// ReasonOwnerUnknown: the workload that owns a pod is not known yet.
	ReasonOwnerUnknown = "OwnerUnknown"

	// ReasonEntryNotInGroup: an ingress rule sends requests to a Service that
	// is not in its group.
	ReasonEntryNotInGroup = "EntryNotInGroup"

	// ReasonPortNotFound: an ingress rule sends requests to a port that its
	// Service does not have.
	ReasonPortNotFound = "PortNotFound"

	// ReasonConflict: an object of ours and one that somebody else owns, or
	// those of two groups, speak for the same requests; theirs stays as it is.
	ReasonConflict = "Conflict"

	// ReasonGatewayNotFound: the Gateway that the group's entry should be on
	// does not exist.
	ReasonGatewayNotFound = "GatewayNotFound"

	// ReasonGatewayDoesNotServe: no server of the group's Gateway lets requests in
	// for the host of a rule.
	ReasonGatewayDoesNotServe = "GatewayDoesNotServe"
)

// Reasons about what is happening now.
const (
	// ReasonSettling: a subset or a route waits until every proxy has had
	// time to learn what it depends on.
	ReasonSettling = "Settling"

	// ReasonFrozen: the spec became unusable after its traffic was taken
	// over; the traffic stays as it was until that is repaired.
	ReasonFrozen = "Frozen"

	// ReasonDeleting: the object is going, and its routes leave first.
	ReasonDeleting = "Deleting"

	// ReasonWriteFailed: the API server refused a write; it is tried again.
	ReasonWriteFailed = "WriteFailed"
)

// Reasons about Rollouts.
const (
	// ReasonLaneUnknown: a Rollout names no lane of the group, and the group
	// has several; its pods are not stamped.
	ReasonLaneUnknown = "LaneUnknown"

	// ReasonWorkloadNotFound: a Rollout refers to a workload that does not exist.
	ReasonWorkloadNotFound = "WorkloadNotFound"

	// ReasonTrafficRoutingConflict: a Rollout on a lane's Service has
	// trafficRoutings, with which Kruise takes the canary pods out of the Service.
	ReasonTrafficRoutingConflict = "TrafficRoutingConflict"

	// ReasonCanaryLeftBehind: a canary outlived its release, which was undone or is
	// not the last one, or the workload that was released; then Kruise does not
	// remove it.
	ReasonCanaryLeftBehind = "CanaryLeftBehind"

	// ReasonRolloutStyle: a Rollout releases in a way in which people may meet what
	// they do not expect: it takes pods from the baseline, or promotes early.
	ReasonRolloutStyle = "RolloutStyle"

	// ReasonUnlabelledTemplate: the pod template of a Rollout's workload lacks
	// the baseline's label, so its pods have it only while the Rollout exists.
	ReasonUnlabelledTemplate = "UnlabelledTemplate"

	// ReasonLaneLabelInSelector: the selector of a Rollout's workload contains
	// the lane label, which therefore cannot change when its pods do.
	ReasonLaneLabelInSelector = "LaneLabelInSelector"
)
