package rolloutwatch

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
)

// laneReconciler keeps a lane's status, and the lane itself until nothing in the mesh
// names it.
type laneReconciler struct {
	cluster *facts.Cluster
	client  client.Client
	traffic Traffic
	store   *status.Store
}

// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanes,verbs=list;watch;patch
// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanes/status,verbs=update

// Reconcile rolls up a lane's status.
func (r *laneReconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	err := r.reconcile(ctx, req.Name)
	if again, ok := onlyStale(err); ok {
		return again, nil
	}
	return reconcile.Result{}, err
}

func (r *laneReconciler) reconcile(ctx context.Context, name string) error {
	l, exists, err := r.cluster.Lane(ctx, name)
	if err != nil || !exists {
		return err
	}
	registry, err := r.cluster.Registry(ctx)
	if err != nil {
		return err
	}
	view := status.Lane{Object: l}
	if group := registry.Group(l.Labels[apiv1.LabelSwimLaneGroup]); group != nil {
		view.InGroup, view.Members = true, membersOf(group, r.store)
	}
	if facts.Deleting(l) {
		return r.finalize(ctx, view)
	}
	if err := addFinalizer(ctx, r.client, l); err != nil {
		return err
	}
	if view.InGroup && !view.Complete() {
		return nil // the last Service to be published enqueues the lane again
	}
	return writeStatus(ctx, r.client, l, &l.Status, view.Status())
}

// finalize removes the finalizer of a lane that nothing names any more: no subset, no
// route, no pod.
func (r *laneReconciler) finalize(ctx context.Context, view status.Lane) error {
	if !controllerutil.ContainsFinalizer(view.Object, apiv1.FinalizerLanes) {
		return nil
	}
	named, err := r.namedByIngress(ctx, view)
	if err != nil {
		return err
	}
	if held := view.HeldBy(named); len(held) > 0 {
		return writeStatus(ctx, r.client, view.Object, &view.Object.Status, view.DeletingStatus(held))
	}
	log.FromContext(ctx).Info("the lane has left the mesh")
	return removeFinalizer(ctx, r.client, view.Object)
}

// namedByIngress reports whether the group's ingress names the lane.
func (r *laneReconciler) namedByIngress(ctx context.Context, view status.Lane) (bool, error) {
	if !view.InGroup {
		return false, nil
	}
	live, err := r.traffic.Ingress(ctx, view.Name, types.NamespacedName{})
	return err == nil && live.Names(view.Object.Name), err
}

func (r *laneReconciler) setup(mgr ctrl.Manager, w statusWatches) error {
	b := ctrl.NewControllerManagedBy(mgr).
		Named("lane").
		For(&apiv1.ASMSwimLane{}, builder.WithPredicates(r.cluster.Invalidating(facts.LaneChanged))).
		Watches(&apiv1.ASMSwimLaneGroup{}, w.later(w.lanesOfGroup), builder.WithPredicates(r.cluster.Invalidating(facts.GroupChanged))).
		Watches(&apiv1.ASMSwimLane{}, w.later(w.lanesOfBaseline), builder.WithPredicates(r.cluster.Invalidating(facts.LaneChanged), changesOnly)).
		Watches(&apiv1.ASMSwimLane{}, w.written(groupOfLane), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
		WatchesRawSource(w.lanesOfServices()).
		WatchesRawSource(w.lanesLeftOut()).
		WithOptions(controller.Options{RateLimiter: backoff[reconcile.Request]()})
	for _, object := range w.provider.OwnedKinds() {
		b = b.Watches(object, w.later(w.lanesOfIngress), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}))
	}
	return b.Complete(r)
}

func groupOfLane(o client.Object) string { return o.GetLabels()[apiv1.LabelSwimLaneGroup] }
