package istio

import corev1 "k8s.io/api/core/v1"

// What a pod's own settings mean in Istio.

// inject is a label, and was an annotation before.
const inject = "sidecar.istio.io/inject"

// PodAnnotations returns what ReadPod looks at.
func (*Provider) PodAnnotations() []string { return []string{inject} }

// ReadPod tells of pods that say themselves that they want no sidecar; the label counts for
// more (istio.io/istio pkg/kube/inject). Whether one was injected for another reason the pod
// does not tell before it is there.
func (*Provider) ReadPod(pod *corev1.Pod) string {
	value, ok := pod.Labels[inject]
	if !ok {
		value = pod.Annotations[inject]
	}
	if value != "false" { // Istio knows no other word for it
		return ""
	}
	return "no sidecar (label or annotation " + inject + ": " + value + "), so the calls that come from there go to every version: remove it from the pod template"
}
