package v1

import "k8s.io/apimachinery/pkg/runtime"

// ServiceReference names a Service that takes part in a group or a lane.
type ServiceReference struct {
	// name is the Service's name.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="name must be the name of a Service: lower-case letters, digits and hyphens"
	Name string `json:"name"`

	// namespace is the Service's namespace.
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="namespace must be the name of a Namespace: lower-case letters, digits and hyphens"
	Namespace string `json:"namespace"`

	// cluster is where ASM found the Service. It is kept and not used: the
	// Services of this API server are meant.
	// +optional
	Cluster ClusterReference `json:"cluster,omitzero"`

	// trafficPolicyPatch is merged into the traffic policy of this Service's
	// DestinationRule, over the group's defaultTrafficPolicyPatch. On a lane
	// it is kept and not used.
	// +optional
	// +nullable
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	TrafficPolicyPatch *runtime.RawExtension `json:"trafficPolicyPatch,omitempty"`

	// httpRoutePatch is merged into every HTTP route of this Service's
	// VirtualService, over the group's defaultHttpRoutePatch. On a lane it is
	// kept and not used.
	// +optional
	// +nullable
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	HTTPRoutePatch *runtime.RawExtension `json:"httpRoutePatch,omitempty"`
}

// ClusterReference names a cluster of an ASM instance.
type ClusterReference struct {
	// id is the cluster's id.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	ID string `json:"id,omitempty"`

	// name is the cluster's name.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name,omitempty"`

	// region is the cluster's region.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	Region string `json:"region,omitempty"`
}
