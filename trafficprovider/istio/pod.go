package istio

import (
	corev1 "k8s.io/api/core/v1"

	"lanekeeper.io/lane"
)

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
func (*Provider) PodAnnotations() []string {
	return append([]string{inject, annotationInjected}, bypasses...)
}

// bypasses are the annotations by which calls leave a pod beside its sidecar (istio.io/istio
// manifests, injection-template.yaml): of all but interceptionMode any value does, and of
// includeOutboundIPRanges any but *.
var bypasses = []string{
	"traffic.sidecar.istio.io/excludeOutboundPorts", "traffic.sidecar.istio.io/excludeOutboundIPRanges",
	includeRanges, interceptionMode,
}

const (
	includeRanges    = "traffic.sidecar.istio.io/includeOutboundIPRanges"
	interceptionMode = "sidecar.istio.io/interceptionMode"
)

// bypass is the annotation, with its value, by which some of the pod's calls bypass its sidecar;
// empty without one.
func bypass(pod *corev1.Pod) string {
	for _, key := range bypasses {
		value, ok := pod.Annotations[key]
		switch {
		case !ok, key == includeRanges && value == "*", key == interceptionMode && value != "NONE", key != includeRanges && value == "":
		default:
			return "annotation " + key + ": " + lane.Brief(value)
		}
	}
	return ""
}

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
		if around := bypass(pod); around != "" {
			return "a sidecar that does not see all it sends (" + around + ")" + calls + "remove the annotation from the pod template"
		}
		return ""
	}
	return "no sidecar (none was injected)" + calls +
		"label the namespace istio-injection: enabled (or istio.io/rev), or the pod template " + inject + ": \"true\", and restart the pods"
}
