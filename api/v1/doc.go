// Package v1 holds the lane API: ASMSwimLaneGroup and ASMSwimLane of the API
// group istio.alibabacloud.com, with the names and the meaning that Alibaba
// Cloud Service Mesh gives them, and our own status.
//
// A group names the services of one call chain, the gateway in front of them,
// and how a request carries its lane. A lane belongs to a group by the label
// swimlane-group and names the pods that serve it by their labels. The lane
// that spec.permissiveModeConfiguration.fallbackTarget of the group names is
// the baseline; every other lane is a gray lane. A request's tag is the name
// of its lane, carried in the header spec.permissiveModeConfiguration.routeHeader.
//
// Spec fields keep ASM's JSON names. Objects written for ASM apply as they
// are; fields of newer ASM versions that are not listed here are pruned.
//
// +kubebuilder:object:generate=true
// +groupName=istio.alibabacloud.com
package v1
