package process

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	certutil "k8s.io/client-go/util/cert"

	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/ports"
)

// Empty is a running emptywebhook.
type Empty struct {
	*Process
	Port int
	// CA is what its certificate is to be checked with.
	CA []byte

	metrics int
}

// StartEmpty builds and runs it, with a certificate for that host.
func StartEmpty(t testing.TB, host string) *Empty {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "emptywebhook")
	build := exec.Command("go", "build", "-buildvcs=false", "-trimpath", "-ldflags=-s -w", "-o", program, "./bench/emptywebhook")
	build.Dir = apiserver.Path(t, "test")
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))

	cert, key, err := certutil.GenerateSelfSignedCertKey(host, nil, nil)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tls.crt"), cert, 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "tls.key"), key, 0o600))

	free := ports.Reserve(t, 2)
	e := &Empty{Port: free[0], CA: cert, metrics: free[1]}
	e.Process = start(t, program, fmt.Sprintf("-port=%d", e.Port), "-cert-dir="+dir,
		fmt.Sprintf("-metrics-bind-address=127.0.0.1:%d", e.metrics))
	return e
}

// Metric is Manager.Metric of the empty webhook.
func (e *Empty) Metric(name string, labels ...string) (float64, error) {
	return scrape(e.metrics, name, labels...)
}
