package rolloutwatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	crmetrics "sigs.k8s.io/controller-runtime/pkg/metrics"

	"lanekeeper.io/trafficprovider"
)

// Options are what the controllers need besides the manager.
type Options struct {
	// Facts must have been set up with the same manager.
	Facts *Facts
	// Traffic writes to the mesh; Provider says which of its objects to watch.
	Traffic  Traffic
	Provider trafficprovider.Provider

	// Workers is how many Services are looked at at the same time; 4 by default.
	Workers int
	// RollUp is how long changes are collected before a status is written
	// again; 200ms by default.
	RollUp time.Duration
	// RolloutGrace is how long a Rollout may be without its workload before
	// that is reported: both may be on their way. 10s by default.
	RolloutGrace time.Duration
	// Metrics is where ours are registered; the manager's by default.
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

// SetupWithManager registers all controllers. They need leader election, so of
// several replicas one writes.
func SetupWithManager(mgr ctrl.Manager, o Options) error {
	o.setDefaults()
	rows := newBoard()
	metrics := newMetrics(rows)
	if err := o.Metrics.Register(metrics); err != nil {
		return fmt.Errorf("registering metrics: %w", err)
	}
	tell := &announcer{recorder: mgr.GetEventRecorder("lanekeeper"), facts: o.Facts}
	u := rollup{facts: o.Facts, board: rows, provider: o.Provider, after: o.RollUp}
	objects := trafficObjects{cache: mgr.GetClient(), live: mgr.GetAPIReader(), provider: o.Provider, scheme: mgr.GetScheme()}
	groups := &groupReconciler{facts: o.Facts, client: mgr.GetClient(), traffic: o.Traffic, board: rows, objects: objects}
	lanes := &laneReconciler{facts: o.Facts, client: mgr.GetClient(), traffic: o.Traffic, board: rows}
	if err := errors.Join(groups.setup(mgr, u), lanes.setup(mgr, u)); err != nil {
		return fmt.Errorf("setting up the controllers of groups and lanes: %w", err)
	}
	services := &serviceReconciler{facts: o.Facts, client: mgr.GetClient(), traffic: o.Traffic, board: rows, tell: tell, metrics: metrics, now: o.Now}
	rollouts := &rolloutReconciler{facts: o.Facts, tell: tell, grace: o.RolloutGrace, now: o.Now, missing: map[types.NamespacedName]*missing{}}
	return followWith(mgr, o, services, rollouts)
}

// followWith sets up the controllers that watch Rollouts, as soon as there are
// any.
func followWith(mgr ctrl.Manager, o Options, services *serviceReconciler, rollouts *rolloutReconciler) error {
	w := watches{facts: o.Facts, provider: o.Provider}
	service, err := services.setup(mgr, w, o.Workers)
	if err != nil {
		return fmt.Errorf("setting up the service controller: %w", err)
	}
	rollout, err := rollouts.setup(mgr)
	if err != nil {
		return fmt.Errorf("setting up the rollout controller: %w", err)
	}
	return o.Facts.onRollouts(func() error {
		return errors.Join(service.Watch(w.rollouts(mgr)), rollout.Watch(rollouts.rollouts(mgr)))
	})
}

// SetupWithManager adds the indexes and starts the watches that Facts read
// through. It is needed on every replica that serves the webhook.
func (f *Facts) SetupWithManager(ctx context.Context, mgr ctrl.Manager) error {
	for _, i := range indexes() {
		if err := i.add(ctx, mgr.GetFieldIndexer()); err != nil {
			return err
		}
	}
	for _, o := range []client.Object{&corev1.Pod{}, &appsv1.Deployment{}, replicaSetMeta()} {
		if _, err := mgr.GetCache().GetInformer(ctx, o); err != nil {
			return fmt.Errorf("watching %T: %w", o, err)
		}
	}
	if err := f.catalogs.follow(ctx, mgr.GetCache()); err != nil {
		return err
	}
	return f.followRollouts(ctx, mgr)
}
