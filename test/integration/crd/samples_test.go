package crd

import (
	"io/fs"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/integration/apiserver"
)

// The samples are what people copy. Kubectl applies them with strict
// validation, so a field that we forgot would be an error here.
func TestSamplesApply(t *testing.T) {
	server := apiserver.Start(t, apiserver.WithCRDs(
		apiserver.IstioCRDs(t), apiserver.RolloutCRDs(t), "testdata/instrumentation-crd.yaml"))
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "istio-system"}}
	require.NoError(t, server.Client(t, client.Options{}).Create(t.Context(), namespace))

	for _, scenario := range []string{"full-chain", "baggage-lanes"} {
		t.Run(scenario, func(t *testing.T) {
			dir := apiserver.Path(t, "manifests", "samples", scenario)
			output, err := server.Kubectl(t, "apply", "-k", dir)
			require.NoError(t, err, output)
			assert.NotContains(t, output, "Warning")

			output, err = server.Kubectl(t, "apply", "-k", dir)
			require.NoError(t, err, output)
			assert.NotContains(t, output, "configured", "a second time changes nothing")

			// The scenarios use the same names, so one leaves before the other comes.
			output, err = server.Kubectl(t, "delete", "-k", dir)
			require.NoError(t, err, output)
		})
	}
}

// File by file, as the samples' own text tells people to.
func TestSampleLanesApplyAlone(t *testing.T) {
	server := apiserver.Shared(t)
	for _, pattern := range []string{"full-chain/3-lanes.yaml", "baggage-lanes/2-lanes.yaml"} {
		file := apiserver.Path(t, "manifests", "samples", filepath.FromSlash(pattern))
		output, err := server.Kubectl(t, "apply", "-f", file)
		require.NoError(t, err, output)
		assert.Contains(t, output, "asmswimlanegroup.istio.alibabacloud.com/")

		output, err = server.Kubectl(t, "delete", "-f", file)
		require.NoError(t, err, output)
	}
}

// A kustomization that forgets a file would hide it from the test above.
func TestSampleKustomizationsAreComplete(t *testing.T) {
	root := apiserver.Path(t, "manifests", "samples")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() == "kustomization.yaml" {
			return err
		}
		assert.Contains(t, read(t, filepath.Join(filepath.Dir(path), "kustomization.yaml")), "- "+entry.Name())
		return nil
	})
	require.NoError(t, err)
}
