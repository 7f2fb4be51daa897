package process

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/ports"
)

// Istiod is a running istiod, without webhooks.
type Istiod struct {
	*Process
	// XDS is where proxies connect, in plain text.
	XDS string

	ready, monitoring int
}

// StartIstiod runs bin/pilot-discovery as an administrator. Namespace istio-system is to be there.
func StartIstiod(t testing.TB, server *apiserver.Server) *Istiod {
	t.Helper()
	user, err := server.Env.AddUser(envtest.User{Name: "istiod", Groups: []string{"system:masters"}}, nil)
	require.NoError(t, err)
	config, err := user.KubeConfig()
	require.NoError(t, err)
	dir := t.TempDir()
	kubeconfig, mesh := filepath.Join(dir, "kubeconfig"), filepath.Join(dir, "mesh.yaml")
	require.NoError(t, os.WriteFile(kubeconfig, config, 0o600))
	require.NoError(t, os.WriteFile(mesh, []byte("{}\n"), 0o644))
	free := ports.Reserve(t, 5)
	at := func(n int) string { return fmt.Sprintf("127.0.0.1:%d", free[n]) }
	i := &Istiod{XDS: at(0), ready: free[1], monitoring: free[2]}
	i.Process = startIn(t, dir, []string{
		"POD_NAMESPACE=istio-system", "POD_NAME=istiod-0", "PILOT_CERT_PROVIDER=istiod", "ISTIOD_CUSTOM_HOST=istiod.istio-system.svc",
		"REVISION=default", "INJECTION_WEBHOOK_CONFIG_NAME=", "VALIDATION_WEBHOOK_CONFIG_NAME=", "PILOT_ENABLE_GATEWAY_API=false",
	}, apiserver.Path(t, "bin", "pilot-discovery"), "discovery", "--kubeconfig="+kubeconfig, "--meshConfig="+mesh,
		"--grpcAddr="+at(0), "--httpAddr="+at(1), "--monitoringAddr="+at(2), "--secureGRPCAddr="+at(3), "--httpsAddr="+at(4), "--ctrlz_port=0")
	return i
}

// Ready is what the readiness probe says.
func (i *Istiod) Ready() bool { return answersOK(i.ready, "ready") }

// Metric is Manager's.
func (i *Istiod) Metric(name string, labels ...string) (float64, error) {
	return scrape(i.monitoring, name, labels...)
}
