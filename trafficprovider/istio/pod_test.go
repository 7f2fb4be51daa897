package istio

import (
	"cmp"
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPodsWithoutASidecarAreNamed(t *testing.T) {
	off, on := map[string]string{inject: "false"}, map[string]string{inject: "true"}
	for name, tc := range map[string]struct {
		labels, annotations map[string]string
		cure                string // of an injected pod; empty for none
	}{
		"nothing is said":        {nil, nil, ""},
		"a label":                {off, nil, "remove it from the pod template"},
		"an annotation":          {nil, off, "remove it from the pod template"},
		"the label counts":       {on, off, ""},
		"and not the annotation": {off, on, "remove it from the pod template"},
		"another word":           {map[string]string{inject: "False"}, nil, ""},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: tc.labels, Annotations: tc.annotations}}
		assert.Contains(t, (&Provider{}).ReadPod(pod), cmp.Or(tc.cure, "label the namespace istio-injection: enabled"), name)

		labelled, annotated := pod.DeepCopy(), pod.DeepCopy()
		metav1.SetMetaDataLabel(&labelled.ObjectMeta, labelInjected, "istio")
		metav1.SetMetaDataAnnotation(&annotated.ObjectMeta, annotationInjected, "{}")
		for _, injected := range []*corev1.Pod{labelled, annotated} {
			if tc.cure == "" {
				assert.Empty(t, (&Provider{}).ReadPod(injected), name)
			} else {
				assert.Contains(t, (&Provider{}).ReadPod(injected), tc.cure, name)
			}
		}
	}
}

func TestPodsWhoseCallsBypassTheirSidecarAreNamed(t *testing.T) {
	for annotation, values := range map[string]struct{ around, through []string }{
		"traffic.sidecar.istio.io/excludeOutboundPorts":    {[]string{"8000"}, []string{""}},
		"traffic.sidecar.istio.io/excludeOutboundIPRanges": {[]string{"10.0.0.0/8"}, []string{""}},
		"traffic.sidecar.istio.io/includeOutboundIPRanges": {[]string{"10.0.0.0/8", ""}, []string{"*"}},
		"sidecar.istio.io/interceptionMode":                {[]string{"NONE"}, []string{"REDIRECT", "TPROXY"}},
		"traffic.sidecar.istio.io/excludeInboundPorts":     {nil, []string{"8000"}},
	} {
		says := func(value string) string {
			return (&Provider{}).ReadPod(&corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{labelInjected: "istio"}, Annotations: map[string]string{annotation: value}}})
		}
		for _, value := range values.around {
			assert.Equal(t, "a sidecar that does not see all it sends (annotation "+annotation+": "+value+"), so the calls that come from there go to every version: remove the annotation from the pod template", says(value))
		}
		for _, value := range values.through {
			assert.Empty(t, says(value), "%s: %s", annotation, value)
		}
	}
}
