package rolloutwatch

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// withdraw takes a group that is being deleted out of the mesh: its entry here,
// its Services in the service controller, and the finalizer when the API server
// has nothing of it any more and its pods have lost our markers. The deadlines
// between entry and subsets are the provider's.
func (r *groupReconciler) withdraw(ctx context.Context, group *apiv1.ASMSwimLaneGroup) (reconcile.Result, error) {
	if !controllerutil.ContainsFinalizer(group, apiv1.FinalizerLanes) {
		return reconcile.Result{}, nil
	}
	outcome, err := r.withdrawEntry(ctx, group.Name)
	if err != nil {
		return reconcile.Result{}, err
	}
	left, err := r.objects.of(ctx, group.Name)
	if err != nil {
		return reconcile.Result{}, err
	}
	// A Service's row goes when nothing of ours is left on its pods.
	marked := sortedKeys(r.board.of(group.Name), nil)
	if left > 0 || len(marked) > 0 {
		r.board.publishEntry(group.Name, apiv1.ReasonDeleting)
		return reconcile.Result{RequeueAfter: outcome.Again}, r.writeStatus(ctx, group, leavingStatus(group, left, marked))
	}
	log.FromContext(ctx).Info("the group has left the mesh")
	return reconcile.Result{}, removeFinalizer(ctx, r.client, group)
}

func (r *groupReconciler) withdrawEntry(ctx context.Context, group string) (trafficprovider.Outcome, error) {
	live, err := r.traffic.Ingress(ctx, group, types.NamespacedName{})
	if err != nil || live.Gone() {
		return trafficprovider.Outcome{}, err
	}
	return r.traffic.ApplyIngress(ctx, leavingIngress(group), live, nil)
}

// withdrawOrphan takes away the entry of a group that is gone: somebody took
// its finalizer away while nobody of us was there. A cache that has not heard of
// a group yet must not cost its entry, so the API server is asked.
func (r *groupReconciler) withdrawOrphan(ctx context.Context, name string) (reconcile.Result, error) {
	r.board.publishEntry(name, "")
	live, err := r.traffic.Ingress(ctx, name, types.NamespacedName{})
	if err != nil || live.Gone() {
		return reconcile.Result{}, err
	}
	var group apiv1.ASMSwimLaneGroup
	if err := r.objects.live.Get(ctx, client.ObjectKey{Name: name}, &group); !apierrors.IsNotFound(err) {
		return reconcile.Result{RequeueAfter: lookAgainAfter}, err
	}
	outcome, err := r.withdrawEntry(ctx, name)
	return reconcile.Result{RequeueAfter: outcome.Again}, err
}

// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups,verbs=get

// confirmLeaving asks the API server before a Service's traffic is withdrawn: a
// cache that is behind looks like a group that is gone. It returns an error that
// means look again when the group does want the Service.
func (f *Facts) confirmLeaving(ctx context.Context, req serviceRequest, s lane.Snapshot) error {
	if !s.Leaving || !s.TakenOver || s.Hold != nil || f.Live == nil {
		return nil
	}
	var group apiv1.ASMSwimLaneGroup
	if err := f.Live.Get(ctx, client.ObjectKey{Name: req.Group}, &group); err != nil {
		return client.IgnoreNotFound(err)
	}
	if going(&group) || !namesService(&group, req.Service) {
		return nil
	}
	return fmt.Errorf("group %s names service %s: %w", req.Group, req.Service, trafficprovider.ErrLookAgain)
}

func namesService(group *apiv1.ASMSwimLaneGroup, service types.NamespacedName) bool {
	for _, s := range group.Spec.Services {
		if s.Namespace == service.Namespace && s.Name == service.Name {
			return true
		}
	}
	return false
}
