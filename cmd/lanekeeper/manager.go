package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	crwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/webhook"
)

// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=lanekeeper-system,resources=leases,verbs=create
// +kubebuilder:rbac:groups=coordination.k8s.io,namespace=lanekeeper-system,resources=leases,resourceNames=lanekeeper,verbs=get;update
// +kubebuilder:rbac:groups="",namespace=lanekeeper-system,resources=events,verbs=create;patch

// leaseName is the name of the lease that the leader holds.
const leaseName = "lanekeeper"

// newManager makes a manager that serves probes, metrics and the webhook, and
// has no controller yet.
func newManager(o Options, certificate *webhook.Certificate) (manager.Manager, error) {
	config, err := ctrl.GetConfig()
	if err != nil {
		return nil, fmt.Errorf("finding the API server: %w", err)
	}
	config.QPS, config.Burst = float32(o.QPS), o.Burst
	config.UserAgent = "lanekeeper"
	config.Wrap(noting(o.Provider))

	scheme, err := newScheme(o.Provider)
	if err != nil {
		return nil, err
	}
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: scheme,
		Cache:  facts.CacheOptions(o.Provider.PodAnnotations()...),
		// Metrics are plain HTTP: they are counters without names of workloads, and to
		// authenticate who reads them would take two more cluster-wide permissions. A
		// NetworkPolicy can close the port.
		Metrics:                metricsserver.Options{BindAddress: o.MetricsAddress},
		HealthProbeBindAddress: o.ProbeAddress,
		PprofBindAddress:       o.PprofAddress,
		WebhookServer: crwebhook.NewServer(crwebhook.Options{
			Port: o.WebhookPort, TLSOpts: []func(*tls.Config){certificate.Configure},
		}),
		LeaderElection:          o.LeaderElect,
		LeaderElectionID:        leaseName,
		LeaderElectionNamespace: o.LeaderElectionNamespace,
		LeaseDuration:           &o.LeaseDuration,
		RenewDeadline:           &o.RenewDeadline,
		RetryPeriod:             &o.RetryPeriod,
		// Safe because main does nothing after the manager has stopped.
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return nil, fmt.Errorf("making the manager: %w", err)
	}
	return mgr, addChecks(mgr, certificate)
}

func newScheme(provider trafficprovider.Provider) (*runtime.Scheme, error) {
	scheme := runtime.NewScheme()
	err := errors.Join(
		clientgoscheme.AddToScheme(scheme),
		apiv1.AddToScheme(scheme),
		facts.AddToScheme(scheme),
		provider.AddToScheme(scheme),
	)
	if err != nil {
		return nil, fmt.Errorf("making the scheme: %w", err)
	}
	return scheme, nil
}

// addChecks makes a replica ready when the webhook can answer: its caches are filled, its
// certificate is loaded, its port is open. A replica need not lead to be ready.
func addChecks(mgr manager.Manager, certificate *webhook.Certificate) error {
	caches := &cachesSynced{}
	started := mgr.GetWebhookServer().StartedChecker()
	return errors.Join(
		mgr.Add(certificate),
		mgr.Add(caches),
		mgr.AddHealthzCheck("alive", healthz.Ping),
		mgr.AddReadyzCheck("caches", caches.check),
		mgr.AddReadyzCheck("webhook", func(req *http.Request) error {
			// The server's own check makes a handshake, which fails without a certificate.
			if err := certificate.Ready(req); err != nil {
				return err
			}
			return started(req)
		}),
	)
}

// cachesSynced remembers that the caches were filled: the manager starts it after them.
// It does not check the caches again, so a kind whose CRD is deleted later does not take
// the replica out of service.
type cachesSynced struct{ done atomic.Bool }

// Start implements manager.Runnable.
func (c *cachesSynced) Start(context.Context) error {
	c.done.Store(true)
	return nil
}

// NeedLeaderElection implements manager.LeaderElectionRunnable.
func (*cachesSynced) NeedLeaderElection() bool { return false }

func (c *cachesSynced) check(*http.Request) error {
	if !c.done.Load() {
		return errors.New("the caches are not filled yet")
	}
	return nil
}

// rotation is the certificate that the leader makes.
func (o Options) rotation() webhook.Rotation {
	return webhook.Rotation{
		Secret:  types.NamespacedName{Namespace: o.Namespace, Name: o.CertSecret},
		Service: o.WebhookService,
		Dir:     o.CertDir,
	}
}
