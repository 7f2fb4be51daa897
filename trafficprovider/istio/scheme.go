package istio

import (
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// +kubebuilder:rbac:groups=networking.istio.io,resources=destinationrules;virtualservices,verbs=get;list;watch;create;update;delete
// +kubebuilder:rbac:groups=networking.istio.io,resources=gateways,verbs=get;list;watch

// AddToScheme registers the kinds that we write. Whoever makes the manager knows
// Istio through this package only.
func AddToScheme(scheme *runtime.Scheme) error { return networkingv1.AddToScheme(scheme) }
