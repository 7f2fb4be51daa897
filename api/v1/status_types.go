package v1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// The status rows below have one writer and are atomic lists. As maps they
// would carry a note of ownership per row, and the largest group would outgrow
// what etcd takes; the API server then drops the notes of the whole object.

// GroupMode is what a request meets where its lane lacks a service.
type GroupMode string

// The modes of a group.
const (
	ModePermissive GroupMode = "Permissive"
	ModeStrict     GroupMode = "Strict"
)

// ASMSwimLaneGroupStatus is what a group amounts to now.
type ASMSwimLaneGroupStatus struct {
	// conditions are Accepted, IngressProgrammed and Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// lanes are the names of the group's lanes, comma separated, the baseline
	// first.
	// +optional
	Lanes string `json:"lanes,omitempty"`

	// servicesReady counts the services that are programmed, of all that the
	// group names: 3/3.
	// +optional
	ServicesReady string `json:"servicesReady,omitempty"`

	// mode is Permissive or Strict.
	// +optional
	Mode GroupMode `json:"mode,omitempty"`

	// ingress is the gateway and its strategy: istio-system/ingressgateway rule_based.
	// +optional
	Ingress string `json:"ingress,omitempty"`

	// services are the group's services, sorted by namespace and name.
	// +optional
	// +listType=atomic
	Services []GroupServiceStatus `json:"services,omitempty"`
}

// GroupServiceStatus is the state of one service of a group.
type GroupServiceStatus struct {
	// namespace is the Service's namespace.
	Namespace string `json:"namespace"`

	// name is the Service's name.
	Name string `json:"name"`

	// baselineReady is the number of ready baseline pods.
	// +optional
	BaselineReady int32 `json:"baselineReady"`

	// lanes are the gray lanes that have the service now.
	// +optional
	// +listType=atomic
	Lanes []string `json:"lanes,omitempty"`

	// programmed says whether the mesh routes the service by lane, and is up
	// to date.
	// +optional
	Programmed bool `json:"programmed"`

	// reason says in one word why the service is not programmed, what it waits
	// for, or what there is to know although it is.
	// +optional
	Reason string `json:"reason,omitempty"`

	// message says the same to a person.
	// +optional
	Message string `json:"message,omitempty"`
}

// ASMSwimLaneStatus is what a lane amounts to now.
type ASMSwimLaneStatus struct {
	// conditions are Accepted and Ready.
	// +optional
	// +listType=map
	// +listMapKey=type
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// observedGeneration is the generation that this status describes.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// group is the name of the lane's group.
	// +optional
	Group string `json:"group,omitempty"`

	// tag is the value of the route header that chooses this lane: its name.
	// +optional
	Tag string `json:"tag,omitempty"`

	// servicesSummary is services in one line, with ready and all pods:
	// mockb.default(1/1),mockc.default(0/2). It names the first 100.
	// +optional
	ServicesSummary string `json:"servicesSummary,omitempty"`

	// services are the services that are in the lane now, sorted by namespace
	// and name.
	// +optional
	// +listType=atomic
	Services []LaneServiceStatus `json:"services,omitempty"`
}

// LaneServiceStatus is the state of one service in a lane.
type LaneServiceStatus struct {
	// namespace is the Service's namespace.
	Namespace string `json:"namespace"`

	// name is the Service's name.
	Name string `json:"name"`

	// pods is the number of the lane's pods of this service.
	// +optional
	Pods int32 `json:"pods"`

	// ready is how many of them are ready.
	// +optional
	Ready int32 `json:"ready"`

	// reason says in one word what is missing.
	// +optional
	Reason string `json:"reason,omitempty"`

	// message says the same to a person.
	// +optional
	Message string `json:"message,omitempty"`
}
