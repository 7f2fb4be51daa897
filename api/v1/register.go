package v1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API group and version of the lane kinds. The group is
// ASM's, so that its objects apply unchanged.
var GroupVersion = schema.GroupVersion{Group: "istio.alibabacloud.com", Version: "v1"}

var (
	// SchemeBuilder collects what AddToScheme registers.
	SchemeBuilder = runtime.NewSchemeBuilder(addKnownTypes)

	// AddToScheme registers the lane kinds with a scheme.
	AddToScheme = SchemeBuilder.AddToScheme
)

func addKnownTypes(scheme *runtime.Scheme) error {
	scheme.AddKnownTypes(GroupVersion,
		&ASMSwimLaneGroup{}, &ASMSwimLaneGroupList{},
		&ASMSwimLane{}, &ASMSwimLaneList{},
	)
	metav1.AddToGroupVersion(scheme, GroupVersion)
	return nil
}
