package facts

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// CacheOptions strips what the manager caches down to what decisions need. Of pods these
// annotations stay, which are the mesh's. Everything else about the cache is the caller's.
func CacheOptions(podAnnotations ...string) cache.Options {
	return cache.Options{
		DefaultTransform: cache.TransformStripManagedFields(),
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Pod{}:        {Transform: stripPod(podAnnotations)},
			&appsv1.Deployment{}: {Transform: stripDeployment},
			&appsv1.ReplicaSet{}: {Transform: stripReplicaSet},
		},
	}
}

// stripPod keeps a pod's identity, labels, owners, phase, readiness, named ports, some
// annotations, and which agent it lacks.
func stripPod(annotations []string) func(any) (any, error) {
	return func(in any) (any, error) {
		pod, ok := in.(*corev1.Pod)
		if !ok {
			return in, nil
		}
		out := &corev1.Pod{TypeMeta: pod.TypeMeta, ObjectMeta: stripMeta(pod.ObjectMeta), Status: corev1.PodStatus{Phase: pod.Status.Phase}}
		out.Spec.Containers = namedPorts(pod)
		for _, key := range annotations {
			if value, ok := pod.Annotations[key]; ok {
				metav1.SetMetaDataAnnotation(&out.ObjectMeta, key, value)
			}
		}
		if key := agentMissing(pod); key != "" {
			metav1.SetMetaDataAnnotation(&out.ObjectMeta, key, pod.Annotations[key])
		}
		for _, c := range pod.Status.Conditions {
			if c.Type == corev1.PodReady {
				out.Status.Conditions = []corev1.PodCondition{{Type: c.Type, Status: c.Status}}
			}
		}
		return out, nil
	}
}

// stripDeployment keeps what tells which pods a Deployment has and what Kruise does with
// it.
func stripDeployment(in any) (any, error) {
	d, ok := in.(*appsv1.Deployment)
	if !ok {
		return in, nil
	}
	out := &appsv1.Deployment{TypeMeta: d.TypeMeta, ObjectMeta: stripMeta(d.ObjectMeta)}
	if release, ok := d.Annotations[annotationInProgressing]; ok {
		out.Annotations = map[string]string{annotationInProgressing: release}
	}
	out.CreationTimestamp = d.CreationTimestamp
	out.Spec.Selector, out.Spec.Replicas = d.Spec.Selector, d.Spec.Replicas
	out.Spec.Template.Labels = d.Spec.Template.Labels
	return out, nil
}

// stripReplicaSet keeps a ReplicaSet's identity and owner. It is cached as
// metadata only.
func stripReplicaSet(in any) (any, error) {
	rs, ok := in.(*metav1.PartialObjectMetadata)
	if !ok {
		return in, nil
	}
	out := &metav1.PartialObjectMetadata{TypeMeta: rs.TypeMeta, ObjectMeta: stripMeta(rs.ObjectMeta)}
	out.Labels = nil
	return out, nil
}

func stripMeta(m metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: m.Name, Namespace: m.Namespace, UID: m.UID, ResourceVersion: m.ResourceVersion,
		Generation: m.Generation, DeletionTimestamp: m.DeletionTimestamp,
		Labels: m.Labels, OwnerReferences: m.OwnerReferences,
	}
}
