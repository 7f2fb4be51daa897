package apiserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// useBinaries names the binaries one by one, so that KUBEBUILDER_ASSETS of
// somebody's shell cannot replace the versions that we pin, and lets them end with
// this process; links to them go into dir. A test that cannot run says so: skipping
// would look like passing.
func useBinaries(env *envtest.Environment, bin, dir string) (err error) {
	for _, name := range append(slices.Clone(tiedPrograms), "kubectl") {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			return fmt.Errorf("bin/%s is missing, run: make parts", name)
		}
	}
	env.ControlPlane.Etcd, env.ControlPlane.KubectlPath = &envtest.Etcd{}, filepath.Join(bin, "kubectl")
	if env.ControlPlane.Etcd.Path, err = tie(bin, "etcd", dir); err != nil {
		return err
	}
	env.ControlPlane.GetAPIServer().Path, err = tie(bin, "kube-apiserver", dir)
	return err
}

// Root returns the repository's directory: the nearest one above that has
// manifests/crd.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "manifests", "crd")); err == nil {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("no directory above has manifests/crd")
		}
		dir = parent
	}
}

// Path returns the path of a file of the repository.
func Path(t testing.TB, elements ...string) string {
	t.Helper()

	root, err := Root()
	require.NoError(t, err)
	return filepath.Join(append([]string{root}, elements...)...)
}

// IstioCRDs returns the path of Istio's CRDs, from the module that we build
// with: a copy of them would drift.
func IstioCRDs(t testing.TB) string {
	t.Helper()
	return filepath.Join(moduleDir(t, "istio.io/api"), "kubernetes", "customresourcedefinitions.gen.yaml")
}

// RolloutCRDs returns the path of Kruise Rollout's CRDs.
func RolloutCRDs(t testing.TB) string {
	t.Helper()
	return filepath.Join(moduleDir(t, "github.com/openkruise/rollouts"), "config", "crd", "bases")
}

func moduleDir(t testing.TB, module string) string {
	t.Helper()

	command := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module)
	command.Stderr = os.Stderr
	output, err := command.Output()
	require.NoError(t, err, "looking for module %s", module)
	dir := strings.TrimSpace(string(output))
	require.NotEmpty(t, dir, "module %s is not downloaded, run: go mod download", module)
	return dir
}
