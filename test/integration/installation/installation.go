// Package installation puts manifests/default on a real API server, for tests
// that run the manager, or a part of it, as a process on this machine.
//
// Nothing runs the Deployment's pods. Start does what a cluster would do beside
// them: the Service's endpoints point to this machine (Reach), and the
// certificate's Secret appears in a directory (Mount).
package installation

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/integration/apiserver"
)

// Namespace and names of manifests/default.
const (
	Namespace = "lanekeeper-system"
	Service   = "lanekeeper-webhook"
	Secret    = "lanekeeper-webhook-certificate"
)

// Start runs an API server with the CRDs of Istio, Kruise Rollout and ours, and
// applies manifests/default. Options may change its flags.
func Start(t testing.TB, options ...apiserver.Option) *apiserver.Server {
	t.Helper()

	options = append(options, callEndpoints, apiserver.WithCRDs(apiserver.IstioCRDs(t), apiserver.RolloutCRDs(t)))
	server := apiserver.Start(t, options...)
	output, err := server.Kubectl(t, "apply", "--server-side", "-k", apiserver.Path(t, "manifests", "default"))
	require.NoError(t, err, output)
	return server
}

// callEndpoints makes the API server call webhooks at their Service's
// endpoints: no proxy gives cluster IPs a meaning here.
func callEndpoints(env *envtest.Environment) {
	env.ControlPlane.GetAPIServer().Configure().Append("enable-aggregator-routing", "true")
}

// Reach makes a port of this machine the only endpoint of the webhook's Service.
func Reach(t testing.TB, c client.Client, port int) {
	t.Helper()
	ReachService(t, c, Service, port)
}

// ReachService does so for any Service of the manager's namespace.
func ReachService(t testing.TB, c client.Client, service string, port int) {
	t.Helper()

	slice := &discoveryv1.EndpointSlice{ObjectMeta: metav1.ObjectMeta{
		Namespace: Namespace, Name: service, Labels: map[string]string{discoveryv1.LabelServiceName: service},
	}}
	require.NoError(t, client.IgnoreNotFound(c.Delete(t.Context(), slice)))
	slice.ResourceVersion = ""
	slice.AddressType = discoveryv1.AddressTypeIPv4
	slice.Endpoints = []discoveryv1.Endpoint{{Addresses: []string{address(t)}}}
	slice.Ports = []discoveryv1.EndpointPort{{Name: new("https"), Port: new(int32(port))}}
	require.NoError(t, c.Create(t.Context(), slice))
}

// patience is many times what anything takes that comes by itself.
const patience = 3 * time.Minute

// AwaitCalls returns when the API server calls the pods' webhook and trusts it. It
// hears of endpoints and of CA bundles a moment after they were written, and lets
// every pod pass meanwhile, or none where admission is required.
func AwaitCalls(t testing.TB, c client.Client) {
	t.Helper()

	const namespace = "called"
	NewNamespace(t, c, namespace, map[string]string{apiv1.LabelAdmission: apiv1.AdmissionRequired})
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		pod := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "try-", Labels: map[string]string{"app": "try"}},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "mock"}}},
		}
		assert.NoError(t, c.Create(context.Background(), pod, client.DryRunAll))
	}, patience, 100*time.Millisecond, "the API server does not reach the webhook")
}

// address is one of this machine's; the API server allows no loopback address
// in an EndpointSlice.
func address(t testing.TB) string {
	t.Helper()

	addresses, err := net.InterfaceAddrs()
	require.NoError(t, err)
	for _, a := range addresses {
		if n, ok := a.(*net.IPNet); ok && n.IP.IsGlobalUnicast() && n.IP.To4() != nil {
			return n.IP.String()
		}
	}
	require.FailNow(t, "this machine has no IPv4 address but the loopback's: give an interface one, for example ip addr add 192.0.2.1/32 dev lo")
	return ""
}

// Mount shows the certificate's Secret in a directory, as a volume would, until
// the test ends.
func Mount(t testing.TB, c client.Client) string {
	t.Helper()

	dir := t.TempDir()
	every(t, 50*time.Millisecond, func(ctx context.Context) error { return project(ctx, c, dir) })
	return dir
}

func project(ctx context.Context, c client.Client, dir string) error {
	var secret corev1.Secret
	if err := c.Get(ctx, types.NamespacedName{Namespace: Namespace, Name: Secret}, &secret); err != nil {
		return client.IgnoreNotFound(err)
	}
	var errs []error
	for _, name := range []string{"tls.key", "tls.crt"} {
		path, data := filepath.Join(dir, name), secret.Data[name]
		shown, _ := os.ReadFile(path) // nothing at first
		if len(data) > 0 && !bytes.Equal(shown, data) {
			errs = append(errs, os.WriteFile(path+".new", data, 0o600), os.Rename(path+".new", path))
		}
	}
	return errors.Join(errs...)
}

// NewNamespace makes a namespace with labels.
func NewNamespace(t testing.TB, c client.Client, name string, labels map[string]string) {
	t.Helper()

	err := c.Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels}})
	if !apierrors.IsAlreadyExists(err) {
		require.NoError(t, err)
	}
}
