package facts

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// OpenTelemetry's operator gives a pod the agent that an annotation asks for when the pod is created, as
// a container of this name. Without the operator, or an Instrumentation in the namespace, the pod
// is created all the same (opentelemetry-operator internal/instrumentation).
const (
	annotationInject = "instrumentation.opentelemetry.io/inject-"
	agentContainer   = "opentelemetry-auto-instrumentation"
)

// agents are the languages whose agents come as a container. Of inject-sdk only variables come.
var agents = []string{"dotnet", "go", "java", "nodejs", "python"}

// agentMissing is the annotation by which a pod asks for an agent that it has not got; empty where it
// asks for none.
func agentMissing(pod *corev1.Pod) string {
	is := func(c corev1.Container) bool { return strings.HasPrefix(c.Name, agentContainer) }
	if slices.ContainsFunc(pod.Spec.InitContainers, is) || slices.ContainsFunc(pod.Spec.Containers, is) {
		return ""
	}
	for _, language := range agents {
		if value := pod.Annotations[annotationInject+language]; value != "" && value != "false" {
			return annotationInject + language
		}
	}
	return ""
}
