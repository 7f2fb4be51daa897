package istio

import corev1 "k8s.io/api/core/v1"

// What a pod's own settings mean in Istio.

const (
	// inject is a label, and was an annotation before.
	inject = "sidecar.istio.io/inject"
	// labelInjected and annotationInjected are set by the injector on every pod that it
	// gives a sidecar (istio.io/istio manifests, injection-template.yaml).
	labelInjected      = "security.istio.io/tlsMode"
	annotationInjected = "sidecar.istio.io/status"
)

// PodAnnotations returns what ReadPod looks at.
func (*Provider) PodAnnotations() []string { return []string{inject, annotationInjected} }

// ReadPod tells of pods without a sidecar: of those that say themselves that they want none,
// where the label counts for more (istio.io/istio pkg/kube/inject), and of those that the
// injector did not see.
func (*Provider) ReadPod(pod *corev1.Pod) string {
	const calls = ", so the calls that come from there go to every version: "
	value, ok := pod.Labels[inject]
	if !ok {
		value = pod.Annotations[inject]
	}
	if value == "false" { // Istio knows no other word for it
		return "no sidecar (label or annotation " + inject + ": " + value + ")" + calls + "remove it from the pod template"
	}
	_, labelled := pod.Labels[labelInjected]
	_, annotated := pod.Annotations[annotationInjected]
	if labelled || annotated {
		return ""
	}
	return "no sidecar (none was injected)" + calls +
		"label the namespace istio-injection: enabled (or istio.io/rev), or the pod template " + inject + ": \"true\", and restart the pods"
}
