package facts

import (
	kruiseappsv1alpha1 "github.com/openkruise/kruise-api/apps/v1alpha1"
	kruiseappsv1beta1 "github.com/openkruise/kruise-api/apps/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// stripWorkload keeps what all kinds have: identity, owners, labels, what Kruise wrote, and the age.
func stripWorkload(o client.Object) metav1.ObjectMeta {
	out := stripMeta(metav1.ObjectMeta{
		Name: o.GetName(), Namespace: o.GetNamespace(), UID: o.GetUID(), ResourceVersion: o.GetResourceVersion(), Generation: o.GetGeneration(),
		DeletionTimestamp: o.GetDeletionTimestamp(), Labels: o.GetLabels(), OwnerReferences: o.GetOwnerReferences(),
	})
	if release, ok := o.GetAnnotations()[annotationInProgressing]; ok {
		out.Annotations = map[string]string{annotationInProgressing: release}
	}
	out.CreationTimestamp = o.GetCreationTimestamp()
	return out
}

func stripDeployment(d *appsv1.Deployment) client.Object {
	out := &appsv1.Deployment{TypeMeta: d.TypeMeta, ObjectMeta: stripWorkload(d)}
	out.Spec.Selector, out.Spec.Replicas, out.Spec.Template.Labels = d.Spec.Selector, d.Spec.Replicas, d.Spec.Template.Labels
	out.Status.ObservedGeneration = d.Status.ObservedGeneration
	return out
}

func stripStatefulSet(s *appsv1.StatefulSet) client.Object {
	out := &appsv1.StatefulSet{TypeMeta: s.TypeMeta, ObjectMeta: stripWorkload(s)}
	out.Spec.Selector, out.Spec.Replicas, out.Spec.Template.Labels = s.Spec.Selector, s.Spec.Replicas, s.Spec.Template.Labels
	out.Status.ObservedGeneration, out.Status.UpdateRevision, out.Status.CurrentRevision = s.Status.ObservedGeneration, s.Status.UpdateRevision, s.Status.CurrentRevision
	return out
}

func stripCloneSet(s *kruiseappsv1alpha1.CloneSet) client.Object {
	out := &kruiseappsv1alpha1.CloneSet{TypeMeta: s.TypeMeta, ObjectMeta: stripWorkload(s)}
	out.Spec.Selector, out.Spec.Replicas, out.Spec.Template.Labels = s.Spec.Selector, s.Spec.Replicas, s.Spec.Template.Labels
	out.Status.ObservedGeneration, out.Status.UpdateRevision, out.Status.CurrentRevision = s.Status.ObservedGeneration, s.Status.UpdateRevision, s.Status.CurrentRevision
	return out
}

func stripAdvancedStatefulSet(s *kruiseappsv1beta1.StatefulSet) client.Object {
	out := &kruiseappsv1beta1.StatefulSet{TypeMeta: s.TypeMeta, ObjectMeta: stripWorkload(s)}
	out.Spec.Selector, out.Spec.Replicas, out.Spec.Template.Labels = s.Spec.Selector, s.Spec.Replicas, s.Spec.Template.Labels
	out.Status.ObservedGeneration, out.Status.UpdateRevision, out.Status.CurrentRevision = s.Status.ObservedGeneration, s.Status.UpdateRevision, s.Status.CurrentRevision
	return out
}

func stripAdvancedDaemonSet(s *kruiseappsv1alpha1.DaemonSet) client.Object {
	out := &kruiseappsv1alpha1.DaemonSet{TypeMeta: s.TypeMeta, ObjectMeta: stripWorkload(s)}
	out.Spec.Selector, out.Spec.Template.Labels = s.Spec.Selector, s.Spec.Template.Labels
	out.Status.ObservedGeneration, out.Status.DaemonSetHash, out.Status.DesiredNumberScheduled = s.Status.ObservedGeneration, s.Status.DaemonSetHash, s.Status.DesiredNumberScheduled
	return out
}
