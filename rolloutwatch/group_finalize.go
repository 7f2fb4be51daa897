package rolloutwatch

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// finalize takes a group that is being deleted out of the mesh: its ingress here,
// its Services in the service controller, and the finalizer when the API server
// has nothing of it any more and its pods have lost our markers. The deadlines
// between ingress and subsets are the provider's.
func (r *groupReconciler) finalize(ctx context.Context, group *apiv1.ASMSwimLaneGroup) (reconcile.Result, error) {
	if !controllerutil.ContainsFinalizer(group, apiv1.FinalizerLanes) {
		return reconcile.Result{}, nil
	}
	outcome, err := r.withdrawIngress(ctx, group.Name)
	if err != nil {
		return reconcile.Result{}, err
	}
	left, err := r.traffic.Objects(ctx, group.Name)
	if err != nil {
		return reconcile.Result{}, err
	}
	// What is known of a Service goes when nothing of ours is left on its pods.
	marked := status.Members{Services: r.store.Of(group.Name)}.Known()
	if left > 0 || len(marked) > 0 {
		r.store.PublishIngress(group.Name, apiv1.ReasonDeleting)
		leaving := status.LeavingGroup(group, left, marked, r.words)
		return reconcile.Result{RequeueAfter: outcome.Again}, writeStatus(ctx, r.client, group, &group.Status, leaving)
	}
	log.FromContext(ctx).Info("the group has left the mesh")
	return reconcile.Result{}, removeFinalizer(ctx, r.client, group)
}

func (r *groupReconciler) withdrawIngress(ctx context.Context, group string) (trafficprovider.Outcome, error) {
	live, err := r.traffic.Ingress(ctx, group, types.NamespacedName{})
	if err != nil || !live.TakenOver() {
		return trafficprovider.Outcome{}, err
	}
	return r.traffic.ApplyIngress(ctx, leavingIngress(group), live, nil)
}

// withdrawOrphan takes away the ingress of a group that is gone: somebody took
// its finalizer away while nobody of us was there. A cache that has not heard of
// a group yet must not cost its ingress, so the API server is asked.
func (r *groupReconciler) withdrawOrphan(ctx context.Context, name string) (reconcile.Result, error) {
	r.store.PublishIngress(name, "")
	live, err := r.traffic.Ingress(ctx, name, types.NamespacedName{})
	if err != nil || !live.TakenOver() {
		return reconcile.Result{}, err
	}
	_, exists, err := r.cluster.ConfirmedGroup(ctx, name)
	if err != nil || exists {
		return reconcile.Result{RequeueAfter: staleAfter}, err
	}
	outcome, err := r.withdrawIngress(ctx, name)
	return reconcile.Result{RequeueAfter: outcome.Again}, err
}
