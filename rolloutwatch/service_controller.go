package rolloutwatch

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/go-logr/logr"
	corev1 "k8s.io/api/core/v1"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// serviceReconciler makes the pods and the traffic of one Service of one group follow its
// plan.
type serviceReconciler struct {
	cluster *facts.Cluster
	client  client.Client
	traffic Traffic
	store   *status.Store
	events  *eventPublisher
	metrics *status.Metrics
	words   trafficprovider.Words
	now     func() time.Time
}

// +kubebuilder:rbac:groups="",resources=pods,verbs=list;watch;patch
// +kubebuilder:rbac:groups="",resources=services,verbs=list;watch
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=list;watch
// +kubebuilder:rbac:groups=apps,resources=deployments;replicasets;statefulsets,verbs=get;list;watch
// +kubebuilder:rbac:groups=apps.kruise.io,resources=clonesets;statefulsets;daemonsets,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollouts.kruise.io,resources=rollouts,verbs=list;watch
// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups;asmswimlanes,verbs=list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile observes one Service and takes the next step.
//
// Pods are relabelled before the traffic moves. A canary pod that the webhook missed
// carries its template's baseline label and gets untagged requests until it is corrected,
// while a pod whose lane has no route yet merely gets none.
func (r *serviceReconciler) Reconcile(ctx context.Context, key lane.GroupService) (reconcile.Result, error) {
	observed, plan, err := r.decide(ctx, key)
	if err != nil {
		return r.failed(key, err)
	}
	var stale bool
	var relabelled error
	if len(plan.Relabel) > 0 {
		stale, relabelled = r.relabel(ctx, key, observed.snapshot, plan)
		// The release may have been undone meanwhile.
		if observed, plan, err = r.decide(ctx, key); err != nil {
			return r.failed(key, relabelled, err)
		}
	}
	outcome, err := r.traffic.Apply(ctx, plan, observed.live)
	if err != nil || relabelled != nil {
		return r.failed(key, relabelled, err)
	}
	if observed.withdrawn() {
		return r.forget(ctx, key, observed.snapshot)
	}
	r.publish(ctx, key, observed, plan, outcome)
	switch {
	case stale:
		return reconcile.Result{RequeueAfter: staleAfter}, nil
	case observed.waits:
		return reconcile.Result{RequeueAfter: waitsAfter}, nil
	}
	return reconcile.Result{RequeueAfter: outcome.RequeueAfter()}, nil
}

// waitsAfter is when a Service is observed again that waits for what no event tells.
const waitsAfter = time.Second

// decide observes a Service and computes its plan.
func (r *serviceReconciler) decide(ctx context.Context, key lane.GroupService) (observation, lane.Plan, error) {
	observed, err := observe(ctx, r.cluster, r.traffic, key, r.now())
	if err == nil && observed.withdrawn() {
		err = observed.confirmGone(ctx, r.traffic, key)
	}
	if err == nil {
		err = r.confirmWithdrawal(ctx, key, observed.snapshot)
	}
	if err != nil {
		return observed, lane.Plan{}, err
	}
	return observed, lane.Compute(observed.snapshot), nil
}

// confirmWithdrawal asks the API server before a Service's traffic is withdrawn, also
// where an older group has it. It returns trafficprovider.ErrStale when the Service is
// the group's.
func (r *serviceReconciler) confirmWithdrawal(ctx context.Context, key lane.GroupService, s lane.Snapshot) error {
	if !s.Withdrawing || !s.TakenOver {
		return nil
	}
	if leaves, err := r.cluster.ConfirmWithdrawal(ctx, key); err != nil || leaves {
		return err
	}
	return fmt.Errorf("group %s has service %s: %w", key.Group, key.Service, trafficprovider.ErrStale)
}

// publish stores what became of the Service, for statuses, and sends events of what
// changed.
func (r *serviceReconciler) publish(ctx context.Context, key lane.GroupService, observed observation, plan lane.Plan, outcome trafficprovider.Outcome) {
	next := status.NewService(observed.snapshot, plan, observed.live, outcome, r.words, r.now())
	last := r.store.Publish(key, next)
	if !last.Observed {
		last = assumedBefore(next, observed.live)
	}
	r.events.service(ctx, key, last, next)
}

// failed marks the Service as failed in the store, so that the statuses of its group and
// lanes do not wait for it. It does not when the objects are merely stale.
func (r *serviceReconciler) failed(key lane.GroupService, errs ...error) (reconcile.Result, error) {
	if result, ok := onlyStale(errs...); ok {
		return result, nil
	}
	r.store.Fail(key)
	return reconcile.Result{}, errors.Join(errs...)
}

// setup registers the service controller and returns it, for Rollouts to be
// watched when there are any.
func (r *serviceReconciler) setup(mgr ctrl.Manager, w serviceWatches, workers int) (controller.TypedController[lane.GroupService], error) {
	b := builder.TypedControllerManagedBy[lane.GroupService](mgr).
		Named("service").
		Watches(&corev1.Pod{}, w.pods(), builder.WithPredicates(facts.PodChanged)).
		Watches(&corev1.Service{}, w.handler(w.ofService), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}, changesOnly)).
		Watches(&apiv1.ASMSwimLaneGroup{}, w.handler(w.ofGroup), builder.WithPredicates(r.cluster.Invalidating(facts.GroupChanged))).
		Watches(&apiv1.ASMSwimLaneGroup{}, w.handler(w.ofGroupSharing), builder.WithPredicates(r.cluster.Invalidating(facts.GroupChanged), changesOnly)).
		Watches(&apiv1.ASMSwimLane{}, w.handler(w.ofLane), builder.WithPredicates(r.cluster.Invalidating(facts.LaneChanged))).
		Watches(facts.NamespaceMeta(), w.handler(w.ofNamespace), builder.WithPredicates(predicate.AnnotationChangedPredicate{}, changesOnly)).
		WithLogConstructor(serviceLog(mgr.GetLogger())).
		WithOptions(controller.TypedOptions[lane.GroupService]{
			MaxConcurrentReconciles: workers, RateLimiter: backoff[lane.GroupService](),
		})
	for _, kind := range facts.WorkloadKinds() {
		b = b.Watches(kind, w.handler(w.ofWorkload), builder.WithPredicates(facts.WorkloadChanged))
	}
	for _, object := range slices.Concat(w.provider.OwnedKinds(), w.provider.ReadKinds()) {
		b = b.Watches(object, w.handler(w.ofTraffic), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}))
	}
	return b.Build(r)
}

// serviceLog adds the group and the Service to every log line about it.
func serviceLog(log logr.Logger) func(*lane.GroupService) logr.Logger {
	log = log.WithValues("controller", "service")
	return func(key *lane.GroupService) logr.Logger {
		if key == nil {
			return log
		}
		return log.WithValues("group", key.Group, "service", key.Service.String())
	}
}
