package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/debug"

	"k8s.io/apimachinery/pkg/api/meta"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"

	"lanekeeper.io/rolloutwatch"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
	"lanekeeper.io/webhook"
)

// version is set by the linker (Makefile, Dockerfile).
var version = "dev"

func main() {
	o, err := parseOptions(os.Args[1:], istio.New(istio.DefaultSettle), os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return
	case err != nil:
		os.Exit(2)
	case o.Version:
		fmt.Println(version)
		return
	}

	collectSooner()
	logger, _ := newLogger(os.Stderr, o.LogLevel, o.LogFormat) // parseOptions has checked both
	log := logThrough(logger)
	log.Info("starting", "version", version, "settle", o.Provider.Settle().String(), "namespace", o.Namespace)
	if err := run(ctrl.SetupSignalHandler(), o); err != nil {
		log.Error(err, "stopped"+advice(err))
		os.Exit(1)
	}
	log.Info("stopped")
}

// gcPercent is how much garbage there may be, in percent of the live heap. That is
// mostly caches, which grow with the cluster; with Go's 100 they needed 297 MB
// instead of 245 MB for 2,000 Services and 10,000 pods (make bench BENCH=scale).
const gcPercent = 70

// collectSooner sets gcPercent, unless the environment sets GOGC.
func collectSooner() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

// advice is what to do about an error that a restart does not cure; empty for others.
func advice(err error) string {
	if meta.IsNoMatchError(err) {
		return ": a CRD is missing: apply manifests/crd, or install Istio"
	}
	return ""
}

// run returns when the context ends. The process must end then too: the lease
// has been given back.
func run(ctx context.Context, o Options) error {
	certificate := webhook.NewCertificate(o.CertDir)
	mgr, err := newManager(o, certificate)
	if err != nil {
		return err
	}
	noteEarlierOutage(ctx, mgr.GetAPIReader(), o)
	cluster := &facts.Cluster{
		Cache: mgr.GetClient(), API: mgr.GetAPIReader(),
		Mesh: trafficprovider.Marking{Cache: mgr.GetClient(), Provider: o.Provider},
	}
	if err := cluster.SetupWithManager(ctx, mgr); err != nil {
		return fmt.Errorf("setting up the caches: %w", err)
	}
	if err := o.Provider.SetUp(ctx, mgr.GetFieldIndexer(), mgr.GetClient()); err != nil {
		return fmt.Errorf("setting up the indexes: %w", err)
	}
	if err := webhook.Setup(ctx, mgr, cluster, trafficprovider.DryRun{Client: mgr.GetClient(), Provider: o.Provider}); err != nil {
		return fmt.Errorf("setting up the webhook: %w", err)
	}
	if o.CertManagement == certSelf {
		if err := webhook.Rotate(mgr, o.rotation()); err != nil {
			return fmt.Errorf("setting up the webhook's certificate: %w", err)
		}
	}
	if err := addControllers(ctx, mgr, cluster, o.Provider); err != nil {
		return fmt.Errorf("setting up the controllers: %w", err)
	}
	return mgr.Start(ctx)
}

// addControllers adds the controllers, which run on the leader only.
func addControllers(ctx context.Context, mgr manager.Manager, cluster *facts.Cluster, provider trafficprovider.Provider) error {
	writes := trafficprovider.NewWrites()
	if err := metrics.Registry.Register(writes); err != nil {
		return err
	}
	return rolloutwatch.SetupWithManager(ctx, mgr, rolloutwatch.Options{
		Cluster:  cluster,
		Provider: provider,
		Traffic: &trafficprovider.Applier{
			Client: mgr.GetClient(), Reader: mgr.GetAPIReader(), Provider: provider, Writes: writes,
			Freshness: provider.Settle() / 2,
		},
	})
}
