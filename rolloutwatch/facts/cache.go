package facts

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// CacheOptions strips what the manager caches down to what decisions need. Of pods these
// annotations stay, which are the mesh's. Everything else about the cache is the caller's.
func CacheOptions(podAnnotations ...string) cache.Options {
	return cache.Options{
		DefaultTransform: stripDefault(cache.TransformStripManagedFields()),
		ByObject: map[client.Object]cache.ByObject{
			&corev1.Pod{}:        {Transform: stripPod(podAnnotations)},
			&appsv1.ReplicaSet{}: {Transform: stripReplicaSet},
		},
	}
}

// stripDefault strips workloads, and others by the function. Kinds that are not served must not be named
// in cache.Options.ByObject, which asks the API server for each.
func stripDefault(others toolscache.TransformFunc) toolscache.TransformFunc {
	return func(in any) (any, error) {
		if o, ok := in.(client.Object); ok {
			for _, k := range workloadKinds {
				if _, is := k.read(o); is {
					return k.strip(o), nil
				}
			}
		}
		return others(in)
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

// stripReplicaSet keeps a ReplicaSet's identity and owner, its revision, and which of its owner's that
// is. It is cached as metadata only.
func stripReplicaSet(in any) (any, error) {
	rs, ok := in.(*metav1.PartialObjectMetadata)
	if !ok {
		return in, nil
	}
	out := &metav1.PartialObjectMetadata{TypeMeta: rs.TypeMeta, ObjectMeta: stripMeta(rs.ObjectMeta)}
	out.Labels = map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: rs.Labels[appsv1.DefaultDeploymentUniqueLabelKey]}
	if number, ok := rs.Annotations[annotationRevision]; ok {
		out.Annotations = map[string]string{annotationRevision: number}
	}
	return out, nil
}

func stripMeta(m metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: m.Name, Namespace: m.Namespace, UID: m.UID, ResourceVersion: m.ResourceVersion,
		Generation: m.Generation, DeletionTimestamp: m.DeletionTimestamp,
		Labels: m.Labels, OwnerReferences: m.OwnerReferences,
	}
}
