package manager

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"lanekeeper.io/test/integration/apiserver"
)

// cert-manager itself is not here: what is checked is that we leave the
// certificate to it.
func TestCertManagerOverlay(t *testing.T) {
	command := exec.Command(apiserver.Path(t, "bin", "kubectl"), "kustomize", apiserver.Path(t, "manifests", "overlays", "cert-manager"))
	rendered, err := command.Output()
	require.NoError(t, err)

	names := map[string]map[string]any{}
	for document := range strings.SplitSeq(string(rendered), "\n---\n") {
		var object map[string]any
		require.NoError(t, yaml.Unmarshal([]byte(document), &object))
		names[object["kind"].(string)] = object
	}

	assert.NotContains(t, names, "Secret", "cert-manager makes it")
	assert.Contains(t, names, "Certificate")
	assert.Contains(t, string(rendered), "- --cert-management=external")
	for _, kind := range []string{"MutatingWebhookConfiguration", "ValidatingWebhookConfiguration"} {
		metadata := names[kind]["metadata"].(map[string]any)
		assert.Equal(t, map[string]any{"cert-manager.io/inject-ca-from": "lanekeeper-system/lanekeeper-webhook"}, metadata["annotations"])
	}
}
