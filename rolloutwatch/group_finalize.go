package rolloutwatch

import (
	"context"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// finalize takes a group that is being deleted out of the mesh. It withdraws the
// ingress; the service controller withdraws the Services. It removes the finalizer when
// the API server has no traffic objects of the group and its pods have lost our markers.
// The provider keeps the deadlines between ingress and subsets.
func (r *groupReconciler) finalize(ctx context.Context, group *apiv1.ASMSwimLaneGroup) (reconcile.Result, error) {
	if !controllerutil.ContainsFinalizer(group, apiv1.FinalizerLanes) {
		return reconcile.Result{}, nil
	}
	outcome, err := r.withdrawIngress(ctx, group.Name)
	if err != nil {
		return reconcile.Result{}, err
	}
	remaining, err := r.traffic.Objects(ctx, group.Name)
	if err != nil {
		return reconcile.Result{}, err
	}
	// A Service is removed from the store when nothing of ours is left on its pods.
	marked := status.Members{Services: servicesIn(lane.NamespacesOf(group), r.store.Of(group.Name))}.Known()
	if remaining > 0 || len(marked) > 0 {
		r.store.PublishIngress(group.Name, status.IngressState{Reason: apiv1.ReasonDeleting})
		deleting := status.DeletingGroup(group, remaining, marked, r.words)
		return reconcile.Result{RequeueAfter: outcome.Again}, writeStatus(ctx, r.client, group, &group.Status, deleting)
	}
	log.FromContext(ctx).Info("the group has left the mesh")
	return reconcile.Result{}, removeFinalizer(ctx, r.client, group)
}

// withdrawIngress takes the next step of removing a group's ingress.
func (r *groupReconciler) withdrawIngress(ctx context.Context, group string) (trafficprovider.Outcome, error) {
	live, err := r.traffic.Ingress(ctx, group, types.NamespacedName{})
	if err != nil || !live.Exists() {
		return trafficprovider.Outcome{}, err
	}
	return r.traffic.ApplyIngress(ctx, withdrawnIngress(group), live, nil)
}

// withdrawOrphan withdraws the ingress of a group that does not exist: a person removed
// its finalizer while no manager ran. The API server is asked first, because a cache may
// not have a new group yet. Whatever has the group's name and labels goes: nobody is left
// to say in which namespaces it was, and whoever made one of his own like it loses that.
func (r *groupReconciler) withdrawOrphan(ctx context.Context, name string) (reconcile.Result, error) {
	r.store.RemoveIngress(name)
	live, err := r.traffic.Ingress(ctx, name, types.NamespacedName{})
	if err != nil || !live.Exists() {
		return reconcile.Result{}, err
	}
	_, exists, err := r.cluster.ConfirmedGroup(ctx, name)
	if err != nil || exists {
		return reconcile.Result{RequeueAfter: staleAfter}, err
	}
	outcome, err := r.withdrawIngress(ctx, name)
	return reconcile.Result{RequeueAfter: outcome.Again}, err
}
