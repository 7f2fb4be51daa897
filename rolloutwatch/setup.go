package rolloutwatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	crmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// Options are what the controllers need besides the manager.
type Options struct {
	// Cluster must have been set up with the same manager.
	Cluster *facts.Cluster
	// Traffic writes to the mesh; Provider has the kinds of its objects to watch.
	Traffic  Traffic
	Provider trafficprovider.Provider

	// Workers is how many Services are reconciled at the same time; 4 by default.
	Workers int
	// RollUp is how long changes are collected before a status is written
	// again; 200ms by default.
	RollUp time.Duration
	// RolloutGrace is how long a Rollout may be without its workload before that is
	// reported: they may be applied in either order. 10s by default.
	RolloutGrace time.Duration
	// Metrics is where the metrics are registered; with the manager's by default.
	Metrics prometheus.Registerer
	// Now is the clock; time.Now by default.
	Now func() time.Time
}

func (o *Options) setDefaults() {
	if o.Workers == 0 {
		o.Workers = 4
	}
	if o.RollUp == 0 {
		o.RollUp = 200 * time.Millisecond
	}
	if o.RolloutGrace == 0 {
		o.RolloutGrace = 10 * time.Second
	}
	if o.Metrics == nil {
		o.Metrics = crmetrics.Registry
	}
	if o.Now == nil {
		o.Now = time.Now
	}
}

// SetupWithManager registers all controllers. They need leader election, so of several
// replicas one writes. It returns an error when a metric or a watch cannot be added.
func SetupWithManager(ctx context.Context, mgr ctrl.Manager, o Options) error {
	o.setDefaults()
	store := status.NewStore()
	metrics := status.NewMetrics(store)
	if err := o.Metrics.Register(metrics); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	words := o.Provider.Words()
	events := &eventPublisher{recorder: mgr.GetEventRecorder("lanekeeper"), cluster: o.Cluster}
	w := statusWatches{cluster: o.Cluster, store: store, provider: o.Provider, after: o.RollUp}
	groups := &groupReconciler{cluster: o.Cluster, client: mgr.GetClient(), traffic: o.Traffic, store: store, words: words, now: o.Now}
	lanes := &laneReconciler{cluster: o.Cluster, client: mgr.GetClient(), traffic: o.Traffic, store: store}
	if err := errors.Join(groups.setup(mgr, w), lanes.setup(mgr, w)); err != nil {
		return fmt.Errorf("setting up the controllers of groups and lanes: %w", err)
	}
	services := &serviceReconciler{cluster: o.Cluster, client: mgr.GetClient(), traffic: o.Traffic, store: store, events: events, metrics: metrics, words: words, now: o.Now}
	rollouts := &rolloutReconciler{cluster: o.Cluster, events: events, grace: o.RolloutGrace, now: o.Now, missing: map[types.NamespacedName]*missing{}}
	return followWith(ctx, mgr, o, services, rollouts)
}

// followWith sets up the controllers that watch kinds which may not be served yet: Rollouts,
// and those of the mesh.
func followWith(ctx context.Context, mgr ctrl.Manager, o Options, services *serviceReconciler, rollouts *rolloutReconciler) error {
	w := serviceWatches{cluster: o.Cluster, provider: o.Provider}
	service, err := services.setup(mgr, w, o.Workers)
	if err != nil {
		return fmt.Errorf("setting up the service controller: %w", err)
	}
	rollout, err := rollouts.setup(mgr)
	if err != nil {
		return fmt.Errorf("setting up the rollout controller: %w", err)
	}
	if err := o.Cluster.OnServing(&kruisev1beta1.Rollout{}, func() error {
		return errors.Join(service.Watch(w.rollouts(mgr)), rollout.Watch(rollouts.rollouts(mgr)))
	}); err != nil {
		return err
	}
	for _, kind := range facts.OptionalWorkloadKinds() {
		if err := o.Cluster.OnServing(kind, func() error {
			return errors.Join(service.Watch(w.workloads(mgr, kind)), rollout.Watch(rollouts.workloads(mgr, kind)))
		}); err != nil {
			return err
		}
	}
	for _, kind := range o.Provider.OptionalKinds() {
		if err := facts.OnServed(ctx, mgr, kind, "nobody can have one", func(ctx context.Context) error {
			return w.followOptional(ctx, mgr, kind, service)
		}); err != nil {
			return err
		}
	}
	return nil
}
