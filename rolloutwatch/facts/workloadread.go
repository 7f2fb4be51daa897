package facts

import (
	kruiseappsv1alpha1 "github.com/openkruise/kruise-api/apps/v1alpha1"
	kruiseappsv1beta1 "github.com/openkruise/kruise-api/apps/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
)

// annotationRevision is the number of a ReplicaSet among those of its Deployment, which gives the one of
// its template the highest (k8s.io/kubectl/pkg/util/deployment).
const annotationRevision = "deployment.kubernetes.io/revision"

// replicasOr1 is the number of replicas where nothing is said of it.
func replicasOr1(replicas *int32) int32 {
	if replicas == nil {
		return 1
	}
	return *replicas
}

func readDeployment(d *appsv1.Deployment) Workload {
	return Workload{Selector: d.Spec.Selector, Template: d.Spec.Template.Labels, Replicas: replicasOr1(d.Spec.Replicas),
		Observed: d.Status.ObservedGeneration >= d.Generation, Current: d.Labels[labelStableRevision]}
}

func readStatefulSet(s *appsv1.StatefulSet) Workload {
	return Workload{Selector: s.Spec.Selector, Template: s.Spec.Template.Labels, Replicas: replicasOr1(s.Spec.Replicas),
		Observed: s.Status.ObservedGeneration >= s.Generation, Update: s.Status.UpdateRevision, Current: s.Status.CurrentRevision}
}

func readCloneSet(s *kruiseappsv1alpha1.CloneSet) Workload {
	return Workload{Selector: s.Spec.Selector, Template: s.Spec.Template.Labels, Replicas: replicasOr1(s.Spec.Replicas),
		Observed: s.Status.ObservedGeneration >= s.Generation, Update: s.Status.UpdateRevision, Current: s.Status.CurrentRevision}
}

func readAdvancedStatefulSet(s *kruiseappsv1beta1.StatefulSet) Workload {
	return Workload{Selector: s.Spec.Selector, Template: s.Spec.Template.Labels, Replicas: replicasOr1(s.Spec.Replicas),
		Observed: s.Status.ObservedGeneration >= s.Generation, Update: s.Status.UpdateRevision, Current: s.Status.CurrentRevision}
}

// readAdvancedDaemonSet knows no current revision: the status has none.
func readAdvancedDaemonSet(s *kruiseappsv1alpha1.DaemonSet) Workload {
	return Workload{Selector: s.Spec.Selector, Template: s.Spec.Template.Labels, Replicas: s.Status.DesiredNumberScheduled,
		Observed: s.Status.ObservedGeneration >= s.Generation, Update: s.Status.DaemonSetHash}
}
