package rolloutwatch

import (
	"context"
	"sync"
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"lanekeeper.io/rolloutwatch/facts"
)

// rolloutReconciler reports Rollouts whose workload does not exist. Kruise writes that
// into the Rollout's status, which few people read, and does nothing else.
type rolloutReconciler struct {
	cluster *facts.Cluster
	events  *eventPublisher
	// grace is how long after its Rollout the workload may be applied.
	grace time.Duration
	now   func() time.Time

	mutex   sync.Mutex
	missing map[types.NamespacedName]*missing
}

// missing is a Rollout without its workload.
type missing struct {
	since    time.Time
	reported bool
}

// +kubebuilder:rbac:groups=rollouts.kruise.io,resources=rollouts,verbs=list;watch
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=list;watch

// Reconcile reports once that a Rollout's workload does not exist.
func (r *rolloutReconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	rollout, exists, err := r.cluster.Rollout(ctx, req.NamespacedName)
	if err != nil {
		return reconcile.Result{}, err
	}
	lost := false
	if exists {
		if lost, err = r.cluster.WorkloadMissing(ctx, rollout); err != nil {
			return reconcile.Result{}, err
		}
	}
	again, report := r.note(req.NamespacedName, lost)
	if report {
		log.FromContext(ctx).Info("the Rollout's workload does not exist", "workload", rollout.Spec.WorkloadRef.Name)
		r.events.send(ctx, workloadNotFound(rollout))
	}
	return reconcile.Result{RequeueAfter: again}, nil
}

// note remembers that a Rollout lacks its workload. It returns when to reconcile the
// Rollout again, and whether to report it now.
func (r *rolloutReconciler) note(name types.NamespacedName, lost bool) (time.Duration, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if !lost {
		delete(r.missing, name)
		return 0, false
	}
	m := r.missing[name]
	if m == nil {
		m = &missing{since: r.now()}
		r.missing[name] = m
	}
	if wait := m.since.Add(r.grace).Sub(r.now()); wait > 0 {
		return wait, false
	}
	report := !m.reported
	m.reported = true
	return 0, report
}

func (r *rolloutReconciler) setup(mgr ctrl.Manager) (controller.Controller, error) {
	b := ctrl.NewControllerManagedBy(mgr).Named("rollout")
	for _, kind := range facts.WorkloadKinds() {
		b = b.WatchesRawSource(r.workloads(mgr, kind))
	}
	return b.Build(r)
}

// workloads is the source of a kind of workloads that come and go.
func (r *rolloutReconciler) workloads(mgr ctrl.Manager, kind client.Object) source.Source {
	return source.Kind(mgr.GetCache(), kind, handler.TypedFuncs[client.Object, reconcile.Request]{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) { r.enqueue(ctx, e.Object, q) },
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { r.enqueue(ctx, e.Object, q) },
	})
}

// rollouts is the source of Rollouts, which may have to wait for Kruise's CRD.
func (r *rolloutReconciler) rollouts(mgr ctrl.Manager) source.Source {
	return source.Kind[client.Object](mgr.GetCache(), &kruisev1beta1.Rollout{}, &handler.EnqueueRequestForObject{}, facts.RolloutChanged)
}

// enqueue adds the Rollout of a workload that was created or deleted.
func (r *rolloutReconciler) enqueue(ctx context.Context, workload client.Object, q queue) {
	if rollout, err := r.cluster.RolloutOf(ctx, workload); err == nil && rollout != nil {
		q.Add(reconcile.Request{NamespacedName: client.ObjectKeyFromObject(rollout)})
	}
}
