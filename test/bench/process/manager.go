// Package process runs programs beside the benchmark and looks at what they
// use: the manager as it is installed, with the rights of its ServiceAccount.
package process

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
	"lanekeeper.io/test/integration/ports"
)

// Account is the user that the manager is.
const Account = "system:serviceaccount:" + installation.Namespace + ":lanekeeper"

// Kubeconfig is a file with exactly the manager's rights.
func Kubeconfig(t testing.TB, server *apiserver.Server) string {
	t.Helper()
	user, err := server.Env.AddUser(envtest.User{
		Name: Account, Groups: []string{"system:serviceaccounts", "system:serviceaccounts:" + installation.Namespace},
	}, nil)
	require.NoError(t, err)
	config, err := user.KubeConfig()
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, os.WriteFile(path, config, 0o600))
	return path
}

// Manager is a running manager.
type Manager struct {
	*Process
	Webhook int // its port
	Started time.Time

	probe, metrics, pprof int
}

// StartManager runs bin/lanekeeper as its Deployment does, and lets the API
// server call its webhook.
func StartManager(t testing.TB, kubeconfig, certificates string, c client.Client, flags ...string) *Manager {
	t.Helper()
	free := ports.Reserve(t, 4)
	m := &Manager{Webhook: free[0], probe: free[1], metrics: free[2], pprof: free[3]}
	installation.Reach(t, c, m.Webhook)
	m.Started = time.Now()
	m.Process = start(t, apiserver.Path(t, "bin", "lanekeeper"), append([]string{
		"--kubeconfig=" + kubeconfig, "--cert-dir=" + certificates,
		fmt.Sprintf("--webhook-port=%d", m.Webhook),
		fmt.Sprintf("--health-probe-bind-address=127.0.0.1:%d", m.probe),
		fmt.Sprintf("--metrics-bind-address=127.0.0.1:%d", m.metrics),
		fmt.Sprintf("--pprof-bind-address=127.0.0.1:%d", m.pprof),
	}, flags...)...)
	return m
}

// Ready is what the readiness probe says.
func (m *Manager) Ready() bool { return answersOK(m.probe, "readyz") }

// answersOK reports whether a probe of a process is answered, and well.
func answersOK(port int, path string) bool {
	resp, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/%s", port, path))
	if err != nil {
		return false
	}
	defer func() { _ = resp.Body.Close() }()
	return resp.StatusCode == http.StatusOK
}

// Metric sums the series of that name that have all of these labels, each
// written as name="value".
func (m *Manager) Metric(name string, labels ...string) (float64, error) {
	return scrape(m.metrics, name, labels...)
}

// Stop ends the manager as a kubelet would: it gives its lease back.
func (m *Manager) Stop(t testing.TB) {
	t.Helper()
	m.end(t, syscall.SIGTERM)
}

// Profile writes a profile of the manager to a file, for a person to look at.
func (m *Manager) Profile(t testing.TB, name, file string) {
	t.Helper()
	curl := exec.Command("go", "tool", "pprof", "-proto", "-output", file, fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/%s", m.pprof, name))
	output, err := curl.CombinedOutput()
	require.NoError(t, err, string(output))
}
