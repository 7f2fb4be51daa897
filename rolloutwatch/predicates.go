package rolloutwatch

import (
	"maps"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// An update passes these predicates when it changed something that a decision
// depends on. Objects are updated far more often than that: every status write
// of a kubelet, of Kruise and of ours is an update.

var podChanged = updated(func(a, b *corev1.Pod) bool {
	return podReady(a) != podReady(b) || podDead(a) != podDead(b) || going(a) != going(b) ||
		!maps.Equal(a.Labels, b.Labels) || len(a.OwnerReferences) != len(b.OwnerReferences)
})

var deploymentChanged = updated(func(a, b *appsv1.Deployment) bool {
	return a.Annotations[annotationInProgressing] != b.Annotations[annotationInProgressing] || going(a) != going(b) ||
		a.Labels[labelCanaryOf] != b.Labels[labelCanaryOf] || !maps.Equal(a.Spec.Template.Labels, b.Spec.Template.Labels)
})

var rolloutChanged = updated(func(a, b *kruisev1beta1.Rollout) bool {
	return rolloutFacts(a) != rolloutFacts(b) || a.Generation != b.Generation ||
		a.Annotations[apiv1.AnnotationLane] != b.Annotations[apiv1.AnnotationLane]
})

var laneChanged = updated(func(a, b *apiv1.ASMSwimLane) bool {
	return a.Generation != b.Generation || going(a) != going(b) || lane.Accepted(a) != lane.Accepted(b) ||
		a.Labels[apiv1.LabelSwimLaneGroup] != b.Labels[apiv1.LabelSwimLaneGroup]
})

func updated[T client.Object](changed func(before, after T) bool) predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(T)
		after, also := e.ObjectNew.(T)
		return !ok || !also || changed(before, after)
	}}
}

func going(o client.Object) bool { return !o.GetDeletionTimestamp().IsZero() }
