// Package rolloutwatch runs the controllers and the Istio provider in this
// process against a real API server. There are no workload controllers and no
// Kruise: the test writes what they would write, and looks at what comes of it.
package rolloutwatch

import (
	"context"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/config"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/rolloutwatch"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
)

const (
	// settle is long enough to be seen, and short enough to wait for.
	settle = time.Second
	// patience is for what takes a second or two where nothing else runs.
	patience = 3 * time.Minute
)

// TestMain shows what the manager logs: of a test that failed, or with -v.
func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.FromSlogHandler(slog.NewTextHandler(os.Stderr, nil)))
	os.Exit(m.Run())
}

func newScheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		clientgoscheme.AddToScheme, apiv1.AddToScheme, facts.AddToScheme, istio.New(istio.DefaultSettle).AddToScheme,
	} {
		require.NoError(t, add(scheme))
	}
	return scheme
}

// startManager runs the controllers until the test ends.
func startManager(t *testing.T, server *apiserver.Server) {
	t.Helper()
	mgr, err := ctrl.NewManager(server.Config, ctrl.Options{
		Scheme: newScheme(t), Cache: facts.CacheOptions(istio.New(settle).PodAnnotations()...),
		Metrics: metricsserver.Options{BindAddress: "0"},
		// Every test has its own manager.
		Controller: config.Controller{SkipNameValidation: new(true)},
	})
	require.NoError(t, err)
	ctx, stop := context.WithCancel(context.Background())
	provider := istio.New(settle)
	cluster := &facts.Cluster{Cache: mgr.GetClient(), API: mgr.GetAPIReader(), Mesh: trafficprovider.Marking{Cache: mgr.GetClient(), Provider: provider}}
	require.NoError(t, cluster.SetupWithManager(ctx, mgr))
	require.NoError(t, provider.SetUp(ctx, mgr.GetFieldIndexer(), mgr.GetClient()))
	require.NoError(t, rolloutwatch.SetupWithManager(ctx, mgr, rolloutwatch.Options{
		Cluster: cluster, Provider: provider, RolloutGrace: time.Second, Metrics: prometheus.NewRegistry(),
		Traffic: &trafficprovider.Applier{Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Provider: provider},
	}))
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		assert.NoError(t, <-done)
	})
}

// cluster is what the test writes to.
type cluster struct {
	*testing.T
	client.Client
}

func (c cluster) create(objects ...client.Object) {
	c.Helper()
	for _, o := range objects {
		require.NoError(c, c.Create(c.Context(), o))
	}
}

func (c cluster) remove(objects ...client.Object) {
	c.Helper()
	for _, o := range objects {
		require.NoError(c, client.IgnoreNotFound(c.Delete(c.Context(), o, client.GracePeriodSeconds(0))))
	}
}

// get reads an object afresh.
func (c cluster) get(o client.Object) error {
	return c.Get(c.Context(), client.ObjectKeyFromObject(o), o)
}

// eventually waits until check is content.
func (c cluster) eventually(what string, check func(t *assert.CollectT)) {
	c.Helper()
	require.EventuallyWithT(c, check, patience, 50*time.Millisecond, what)
}
