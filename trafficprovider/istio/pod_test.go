package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestPodsWithoutASidecarAreNamed(t *testing.T) {
	off, on := map[string]string{inject: "false"}, map[string]string{inject: "true"}
	for name, tc := range map[string]struct {
		labels, annotations map[string]string
		named               bool
	}{
		"nothing is said":        {nil, nil, false},
		"a label":                {off, nil, true},
		"an annotation":          {nil, off, true},
		"the label counts":       {on, off, false},
		"and not the annotation": {off, on, true},
		"another word":           {map[string]string{inject: "False"}, nil, false},
	} {
		pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Labels: tc.labels, Annotations: tc.annotations}}
		assert.Equal(t, tc.named, (&Provider{}).ReadPod(pod) != "", name)
	}
}
