package facts

import (
	corev1 "k8s.io/api/core/v1"

	"lanekeeper.io/lane"
)

func podFacts(pod *corev1.Pod, owner lane.Owner) lane.Pod {
	return lane.Pod{
		Name: pod.Name, Version: pod.ResourceVersion, Labels: pod.Labels, Ready: PodReady(pod),
		Terminating: Deleting(pod), Owner: owner,
	}
}

// PodReady reports whether the pod may get requests.
func PodReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// podEnded reports whether the pod has ended and will never serve again.
func podEnded(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded
}
