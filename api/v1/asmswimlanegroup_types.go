package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// ASMSwimLaneGroup is a chain of services that are released together, in
// lanes.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,shortName=aslg,categories=lanekeeper
// +kubebuilder:printcolumn:name="Lanes",type=string,JSONPath=`.status.lanes`,description="The group's lanes, the baseline first"
// +kubebuilder:printcolumn:name="Services",type=string,JSONPath=`.status.servicesReady`,description="Services programmed, of all that the group names"
// +kubebuilder:printcolumn:name="Mode",type=string,JSONPath=`.status.mode`
// +kubebuilder:printcolumn:name="Ingress",type=string,JSONPath=`.status.ingress`,description="The gateway and how it chooses a lane"
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,priority=1,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name.size() <= 63 && self.metadata.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="a group's name must be a DNS label of at most 63 characters: it is the value of the label swimlane-group"
type ASMSwimLaneGroup struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`

	Spec   ASMSwimLaneGroupSpec   `json:"spec"`
	Status ASMSwimLaneGroupStatus `json:"status,omitzero"`
}

// ASMSwimLaneGroupList is a list of groups.
//
// +kubebuilder:object:root=true
type ASMSwimLaneGroupList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`

	Items []ASMSwimLaneGroup `json:"items"`
}

// ASMSwimLaneGroupSpec says which services form the chain, where requests
// enter it, and how they carry their lane.
//
// +kubebuilder:validation:XValidation:rule="!has(self.isPermissive) || !self.isPermissive || (has(self.permissiveModeConfiguration) && has(self.permissiveModeConfiguration.fallbackTarget) && size(self.permissiveModeConfiguration.fallbackTarget) > 0)",message="a permissive group needs permissiveModeConfiguration.fallbackTarget: the name of its baseline lane"
// +kubebuilder:validation:XValidation:rule="!has(self.isPermissive) || !self.isPermissive || (has(self.permissiveModeConfiguration) && has(self.permissiveModeConfiguration.routeHeader) && size(self.permissiveModeConfiguration.routeHeader) > 0)",message="a permissive group needs permissiveModeConfiguration.routeHeader: the header that carries the lane, such as x-asm-prefer-tag"
type ASMSwimLaneGroupSpec struct {
	// services are the Services of the chain.
	// +optional
	// +listType=map
	// +listMapKey=namespace
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=5000
	Services []ServiceReference `json:"services,omitempty"`

	// ingress is where requests enter the chain. Without it lanes are chosen
	// by whoever sets the route header.
	// +optional
	Ingress GroupIngress `json:"ingress,omitzero"`

	// isPermissive says what a request meets at a service that its lane does
	// not have: the baseline (true), or nothing (false, strict mode, which is
	// also what it means when it is left out).
	// +optional
	IsPermissive bool `json:"isPermissive,omitempty"`

	// permissiveModeConfiguration says how a permissive group falls back and
	// how requests carry their lane.
	// +optional
	PermissiveModeConfiguration PermissiveModeConfiguration `json:"permissiveModeConfiguration,omitzero"`

	// autoUpdate makes a lane's services follow the pods that carry its
	// labels. Without it they are those that the lane's spec names.
	// +optional
	AutoUpdate bool `json:"autoUpdate,omitempty"`

	// defaultTrafficPolicyPatch is merged into the traffic policy of every
	// generated DestinationRule.
	// +optional
	// +nullable
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	DefaultTrafficPolicyPatch *runtime.RawExtension `json:"defaultTrafficPolicyPatch,omitempty"`

	// defaultHttpRoutePatch is merged into every generated HTTP route.
	// +optional
	// +nullable
	// +kubebuilder:validation:Type=object
	// +kubebuilder:pruning:PreserveUnknownFields
	DefaultHTTPRoutePatch *runtime.RawExtension `json:"defaultHttpRoutePatch,omitempty"`
}

// PermissiveModeConfiguration says where requests fall back to, and how they
// carry their lane through the chain.
type PermissiveModeConfiguration struct {
	// fallbackTarget is the name of the baseline lane.
	// +optional
	// +kubebuilder:validation:MaxLength=58
	// +kubebuilder:validation:XValidation:rule="size(self) == 0 || self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?$')",message="fallbackTarget must be the name of a lane"
	FallbackTarget string `json:"fallbackTarget,omitempty"`

	// serviceLevelFallbackTarget names another baseline lane for single
	// services. Its keys are <namespace>/<name>.
	// +optional
	// +kubebuilder:validation:MaxProperties=1000
	// +kubebuilder:validation:XValidation:rule="self.all(key, key.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?/[a-z0-9]([-a-z0-9]*[a-z0-9])?$'))",message="every key of serviceLevelFallbackTarget must be <namespace>/<name> of a Service"
	// +kubebuilder:validation:XValidation:rule="self.all(key, size(self[key]) > 0 && size(self[key]) <= 58)",message="every value of serviceLevelFallbackTarget must be the name of a lane"
	ServiceLevelFallbackTarget map[string]string `json:"serviceLevelFallbackTarget,omitempty"`

	// routeHeader is the request header whose value is the name of the
	// request's lane.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="size(self) == 0 || self.matches('^[-!#$&*+.^_|~0-9A-Za-z]+$')",message="routeHeader must be an HTTP header name such as x-asm-prefer-tag"
	// +kubebuilder:validation:XValidation:rule="!(self.lowerAscii() in ['baggage', 'traceparent', 'tracestate', 'b3', 'x-b3-traceid', 'x-request-id', 'host', 'content-length', 'content-type', 'transfer-encoding', 'connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'upgrade', 'expect', 'cookie', 'set-cookie', 'authorization', 'proxy-authorization']) && !self.lowerAscii().matches('^(x-envoy-|x-forwarded-|x-b3-|x-istio-|grpc-|sec-)')",message="routeHeader carries the lane's name and is written over; it cannot be a header that requests need for something else: baggage, host, one that carries a trace id, describes the body or the connection, a cookie or an authorization, or one that proxies set themselves (x-envoy-…, x-forwarded-…, grpc-…)"
	RouteHeader string `json:"routeHeader,omitempty"`

	// traceHeader says who carries the lane from one service to the next.
	// Equal to routeHeader, or left out: the applications pass routeHeader
	// on. baggage: the lane travels in W3C baggage. Any other header: its
	// value identifies the request, the applications pass it on, and the mesh
	// restores the lane from it where annotation lanekeeper.io/restore-tags is
	// "true"; else they have to pass routeHeader on, too.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:XValidation:rule="size(self) == 0 || self.matches('^[-!#$%&*+.^_|~0-9A-Za-z]+$')",message="traceHeader must be baggage or an HTTP header name such as x-request-id"
	TraceHeader string `json:"traceHeader,omitempty"`
}
