package facts

import (
	"errors"

	kruiseappsv1alpha1 "github.com/openkruise/kruise-api/apps/v1alpha1"
	kruiseappsv1beta1 "github.com/openkruise/kruise-api/apps/v1beta1"
	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"k8s.io/apimachinery/pkg/runtime"
)

// AddToScheme registers the kinds of OpenKruise that are read: Rollouts and workloads.
func AddToScheme(scheme *runtime.Scheme) error {
	return errors.Join(kruisev1beta1.AddToScheme(scheme), kruiseappsv1alpha1.AddToScheme(scheme), kruiseappsv1beta1.AddToScheme(scheme))
}
