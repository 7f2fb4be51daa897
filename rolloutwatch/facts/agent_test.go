package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What is missing is the same of a pod and of what the cache keeps of it.
func TestPodsWithoutTheAgentTheyAskFor(t *testing.T) {
	agent := []corev1.Container{{Name: agentContainer + "-java"}}
	java := annotationInject + "java"
	for name, tc := range map[string]struct {
		annotations      map[string]string
		init, containers []corev1.Container
		want             string
	}{
		"asks for none":              {nil, nil, nil, ""},
		"asks, and has it":           {map[string]string{java: "true"}, agent, nil, ""},
		"asks, and has a sidecar":    {map[string]string{annotationInject + "go": "true"}, nil, []corev1.Container{{Name: agentContainer}}, ""},
		"asks, and has none":         {map[string]string{java: "true"}, []corev1.Container{{Name: "istio-init"}}, nil, java},
		"asks for one by its name":   {map[string]string{java: "demo"}, nil, nil, java},
		"says that it wants none":    {map[string]string{java: "false"}, nil, nil, ""},
		"asks for its settings only": {map[string]string{annotationInject + "sdk": "true"}, nil, nil, ""},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Annotations: tc.annotations}, Spec: corev1.PodSpec{InitContainers: tc.init, Containers: tc.containers}}
		assert.Equal(t, tc.want, agentMissing(pod), name)
		cached, err := stripPod(nil)(pod)
		require.NoError(t, err)
		assert.Equal(t, tc.want, agentMissing(cached.(*corev1.Pod)), "%s, cached", name)
	}
}
