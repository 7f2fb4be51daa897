package otel

import (
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// TestTheWebhooksTrustTheCertificate: it is made anew each time, and stands in two places.
func TestTheWebhooksTrustTheCertificate(t *testing.T) {
	text, err := objects()
	require.NoError(t, err)
	webhooks := 0
	for d := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096); ; {
		o := &unstructured.Unstructured{}
		if err := d.Decode(&o.Object); errors.Is(err, io.EOF) {
			break
		}
		list, _, _ := unstructured.NestedSlice(o.Object, "webhooks")
		for _, w := range list {
			ca, _, err := unstructured.NestedString(w.(map[string]any), "clientConfig", "caBundle")
			require.NoError(t, err)
			assert.NotEmpty(t, ca)
			webhooks++
		}
	}
	assert.Equal(t, 3, webhooks)
}
