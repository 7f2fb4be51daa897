package v1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// ASMSwimLane is one version of a group's chain. The lane's name is the tag
// that requests carry to be served by it.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=asl,categories=lanekeeper
// +kubebuilder:printcolumn:name="Group",type=string,JSONPath=`.status.group`
// +kubebuilder:printcolumn:name="Tag",type=string,JSONPath=`.status.tag`,description="The value of the route header that chooses this lane"
// +kubebuilder:printcolumn:name="Services",type=string,JSONPath=`.status.servicesSummary`,description="Services that are in the lane now, with ready and all pods"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name != 'all-versions'",message="a lane cannot be named all-versions, which stands for the pods of all lanes"
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 58 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="a lane's name must be a DNS label of at most 58 characters: it is the name of a subset and part of a label key"
type ASMSwimLane struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ASMSwimLaneSpec   `json:"spec"`
	Status ASMSwimLaneStatus `json:"status,omitzero"`
}

// ASMSwimLaneList is a list of lanes.
//
// +kubebuilder:object:root=true
type ASMSwimLaneList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ASMSwimLane `json:"items"`
}

// ASMSwimLaneSpec says which pods the lane has and which requests enter it.
type ASMSwimLaneSpec struct {
	// labelSelector holds the labels of the lane's pods, usually
	// ASM_TRAFFIC_TAG. It cannot change: pods and subsets that were chosen by
	// it would change sides under running requests.
	// +required
	// +mapType=atomic
	// +kubebuilder:validation:MaxProperties=4
	// +kubebuilder:validation:XValidation:rule="size(self) > 0",message="labelSelector must not be empty: it names the labels of the lane's pods"
	// +kubebuilder:validation:XValidation:rule="self == oldSelf",message="labelSelector cannot be changed; make a new lane instead"
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.matches('^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$'))",message="every key of labelSelector must be a label key such as ASM_TRAFFIC_TAG"
	// +kubebuilder:validation:XValidation:rule="self.all(key, size(self[key]) <= 63 && self[key].matches('^[^\\\\W_]([-.\\\\w]*[^\\\\W_])?$'))",message="every value of labelSelector must be a label value: letters, digits, and - _ . between them"
	// +kubebuilder:validation:XValidation:rule="self.all(key, !(key in ['pod-template-hash', 'controller-revision-hash']) && !key.startsWith('lanekeeper.io/'))",message="labelSelector cannot use pod-template-hash, controller-revision-hash or lanekeeper.io/…: those labels are set by controllers"
	LabelSelector map[string]string `json:"labelSelector"`

	// services are the Services of the group that the lane has. In a group
	// with autoUpdate more may join while pods carry the lane's labels;
	// status.services lists the result, and this list stays as it is.
	// +optional
	// +listType=map
	// +listMapKey=namespace
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=5000
	Services []ServiceReference `json:"services,omitempty"`

	// ingressRules say which requests enter the lane at the gateway. The
	// rule_based strategy uses them. Of those that match one request that
	// counts which asks for more, then the more exact path.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	IngressRules []IngressRule `json:"ingressRules,omitempty"`

	// ingressWeight is the lane's share of requests at the gateway. The
	// weighted strategy uses it.
	// +optional
	IngressWeight IngressWeight `json:"ingressWeight,omitzero"`
}

// IngressRule sends matching requests into the lane.
//
// +kubebuilder:validation:XValidation:rule="!has(self.online) || !self.online || (has(self.route) && has(self.route.destination) && has(self.route.destination.host) && size(self.route.destination.host) > 0)",message="an ingress rule that is online needs route.destination.host: the entry service"
type IngressRule struct {
	// name tells the rule from others in messages.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// online says whether the rule is in force. Left out, it is not: ASM
	// leaves it out of rules that were switched off.
	// +optional
	Online bool `json:"online,omitempty"`

	// hosts are the request hosts: *, a DNS name, or *. and a DNS name. Left
	// out, every host.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Hosts []HostName `json:"hosts,omitempty"`

	// match is what else a request must be like.
	// +optional
	Match RequestMatch `json:"match,omitzero"`

	// route is where the requests go.
	// +optional
	Route IngressRoute `json:"route,omitzero"`
}

// IngressRoute is where an ingress rule sends requests.
type IngressRoute struct {
	// destination is the entry service.
	// +optional
	Destination Destination `json:"destination,omitzero"`
}

// IngressWeight is a lane's share of the requests that a group shares out.
//
// +kubebuilder:validation:XValidation:rule="!has(self.weight) || self.weight <= 0 || (has(self.destination) && has(self.destination.host) && size(self.destination.host) > 0)",message="a lane with a weight needs ingressWeight.destination.host: the entry service"
type IngressWeight struct {
	// destination is the entry service; empty means that the lane has no share.
	// +optional
	Destination Destination `json:"destination,omitzero"`

	// weight is the share, relative to those of the other lanes.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Weight int32 `json:"weight,omitempty"`
}
