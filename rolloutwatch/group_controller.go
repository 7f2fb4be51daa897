package rolloutwatch

import (
	"context"
	"errors"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
)

// groupReconciler keeps a group's entry and its status.
type groupReconciler struct {
	facts   *Facts
	client  client.Client
	traffic Traffic
	board   *board
	objects trafficObjects
}

// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups,verbs=list;watch;patch
// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups/status,verbs=update

// Reconcile takes the next step of a group's entry and rolls up its status.
func (r *groupReconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	result, err := r.reconcile(ctx, req.Name)
	if again, ok := lookAgain(err); ok {
		return again, nil
	}
	return result, err
}

func (r *groupReconciler) reconcile(ctx context.Context, name string) (reconcile.Result, error) {
	var group apiv1.ASMSwimLaneGroup
	err := r.client.Get(ctx, client.ObjectKey{Name: name}, &group)
	switch {
	case apierrors.IsNotFound(err):
		return r.withdrawOrphan(ctx, name)
	case err != nil:
		return reconcile.Result{}, err
	case going(&group):
		return r.withdraw(ctx, &group)
	}
	if err := addFinalizer(ctx, r.client, &group); err != nil {
		return reconcile.Result{}, err
	}
	catalog, err := r.facts.catalogs.get(ctx, r.facts.Client)
	if err != nil {
		return reconcile.Result{}, err
	}
	entry := catalog.groups[name]
	if entry == nil {
		return reconcile.Result{}, nil // it went after it was read above
	}
	in, err := r.ingress(ctx, entry, catalog.entryClash(entry))
	if _, ok := lookAgain(err); ok {
		return reconcile.Result{}, err
	}
	r.board.publishEntry(name, ingressProgrammed(in).Reason)
	again := reconcile.Result{RequeueAfter: in.outcome.LookAgain()}
	rows := r.board.of(name)
	if !complete(rows, entry.Services) {
		return again, err // the last Service's row brings us here again
	}
	return again, errors.Join(err, r.writeStatus(ctx, &group, groupStatus(&group, entry, rows, in)))
}

// writeStatus writes a status that differs from the one there is.
func (r *groupReconciler) writeStatus(ctx context.Context, group *apiv1.ASMSwimLaneGroup, status apiv1.ASMSwimLaneGroupStatus) error {
	if equality.Semantic.DeepEqual(group.Status, status) {
		return nil
	}
	group.Status = status
	if err := r.client.Status().Update(ctx, group); err != nil {
		return fmt.Errorf("writing the status of group %s: %w", group.Name, err)
	}
	return nil
}

// addFinalizer keeps the object until what it put into the mesh has left.
func addFinalizer(ctx context.Context, c client.Client, o client.Object) error {
	return patchFinalizer(ctx, c, o, controllerutil.AddFinalizer)
}

func removeFinalizer(ctx context.Context, c client.Client, o client.Object) error {
	return client.IgnoreNotFound(patchFinalizer(ctx, c, o, controllerutil.RemoveFinalizer))
}

// patchFinalizer sends the list of finalizers with the version that it was read
// in: a list is replaced as a whole, and others have finalizers too.
func patchFinalizer(ctx context.Context, c client.Client, o client.Object, change func(client.Object, string) bool) error {
	before := o.DeepCopyObject().(client.Object)
	if !change(o, apiv1.FinalizerLanes) {
		return nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := c.Patch(ctx, o, patch); err != nil {
		return fmt.Errorf("changing the finalizers of %s: %w", o.GetName(), err)
	}
	return nil
}
