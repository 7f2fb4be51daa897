package facts

import (
	"maps"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	apiv1 "lanekeeper.io/api/v1"
)

// An update passes these predicates when it changed something that a decision
// depends on. Objects are updated far more often than that: every status write
// of a kubelet, of Kruise and of ours is an update.

// PodChanged passes changes of a pod's readiness, end, labels and owners.
var PodChanged = updated(func(a, b *corev1.Pod) bool {
	return PodReady(a) != PodReady(b) || podEnded(a) != podEnded(b) || Deleting(a) != Deleting(b) ||
		!maps.Equal(a.Labels, b.Labels) || len(a.OwnerReferences) != len(b.OwnerReferences)
})

// WorkloadChanged passes changes of a workload's template and its revision, its release and its end, and
// in a release of its size.
var WorkloadChanged = updated(func(a, b client.Object) bool {
	was, is := workloadOf(a), workloadOf(b)
	return was.release != is.release || was.Deleting != is.Deleting || was.Stable != is.Stable || was.Update != is.Update || was.Current != is.Current ||
		is.release != "" && (was.Replicas != is.Replicas || was.Observed != is.Observed) || !maps.Equal(was.Template, is.Template)
})

// RolloutChanged passes changes of a Rollout's spec, stage and lane, and in all styles but canary of its
// step.
var RolloutChanged = updated(func(a, b *kruisev1beta1.Rollout) bool {
	return stepOf(a) != stepOf(b) || rolloutFacts(a) != rolloutFacts(b) || a.Generation != b.Generation ||
		a.Annotations[apiv1.AnnotationLane] != b.Annotations[apiv1.AnnotationLane]
})

// GroupChanged and LaneChanged pass changes of what the Registry depends on.
var (
	GroupChanged = updated(func(a, b *apiv1.ASMSwimLaneGroup) bool { return versionOf(a) != versionOf(b) })
	LaneChanged  = updated(func(a, b *apiv1.ASMSwimLane) bool { return versionOf(a) != versionOf(b) })
)

// updated passes every other object of the same name, too: an informer that lists anew
// tells of one that was deleted and created meanwhile as an update, and everything else
// about the two may be alike.
func updated[T client.Object](changed func(before, after T) bool) predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		before, ok := e.ObjectOld.(T)
		after, also := e.ObjectNew.(T)
		return !ok || !also || before.GetUID() != after.GetUID() || changed(before, after)
	}}
}
