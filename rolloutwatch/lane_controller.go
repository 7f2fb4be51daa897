package rolloutwatch

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// laneReconciler keeps a lane's status, and the lane itself until the mesh has
// forgotten it.
type laneReconciler struct {
	facts   *Facts
	client  client.Client
	traffic Traffic
	board   *board
}

// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanes,verbs=list;watch;patch
// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanes/status,verbs=update

// Reconcile rolls up a lane's status.
func (r *laneReconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	err := r.reconcile(ctx, req.Name)
	if again, ok := lookAgain(err); ok {
		return again, nil
	}
	return reconcile.Result{}, err
}

func (r *laneReconciler) reconcile(ctx context.Context, name string) error {
	var l apiv1.ASMSwimLane
	if err := r.client.Get(ctx, client.ObjectKey{Name: name}, &l); err != nil {
		return client.IgnoreNotFound(err)
	}
	catalog, err := r.facts.catalogs.get(ctx, r.facts.Client)
	if err != nil {
		return err
	}
	view := laneView{lane: &l, entry: catalog.groups[l.Labels[apiv1.LabelSwimLaneGroup]]}
	if view.entry != nil {
		view.rows = r.board.of(view.entry.Name)
	}
	if going(&l) {
		return r.release(ctx, view)
	}
	if err := addFinalizer(ctx, r.client, &l); err != nil {
		return err
	}
	if view.entry != nil && !complete(view.rows, view.entry.Services) {
		return nil // the last Service's row brings us here again
	}
	return r.writeStatus(ctx, &l, view.status())
}

// release lets a lane go that nothing names any more: no subset, no route, no
// pod.
func (r *laneReconciler) release(ctx context.Context, view laneView) error {
	if !controllerutil.ContainsFinalizer(view.lane, apiv1.FinalizerLanes) {
		return nil
	}
	entered, err := r.entered(ctx, view)
	if err != nil {
		return err
	}
	if held := view.heldBy(entered); len(held) > 0 {
		return r.writeStatus(ctx, view.lane, view.leavingStatus(held))
	}
	log.FromContext(ctx).Info("the lane has left the mesh")
	return removeFinalizer(ctx, r.client, view.lane)
}

// entered: the group's entry names the lane.
func (r *laneReconciler) entered(ctx context.Context, view laneView) (bool, error) {
	if view.entry == nil {
		return false, nil
	}
	live, err := r.traffic.Ingress(ctx, view.entry.Name, types.NamespacedName{})
	return err == nil && live.Names(view.lane.Name), err
}

func (r *laneReconciler) writeStatus(ctx context.Context, l *apiv1.ASMSwimLane, status apiv1.ASMSwimLaneStatus) error {
	if equality.Semantic.DeepEqual(l.Status, status) {
		return nil
	}
	l.Status = status
	if err := r.client.Status().Update(ctx, l); err != nil {
		return fmt.Errorf("writing the status of lane %s: %w", l.Name, err)
	}
	return nil
}

// laneView is a lane with what its status is made of.
type laneView struct {
	lane *apiv1.ASMSwimLane
	// entry is the lane's group; nil without one.
	entry *groupEntry
	rows  map[types.NamespacedName]row
}

// heldBy says what keeps a lane that is being deleted, sorted. A baseline is
// not kept: without it its Services stay frozen as they are, and the lane
// applied again takes them up again. Nothing names a lane that was left out.
func (v laneView) heldBy(entered bool) []string {
	if v.entry == nil || v.entry.IsBaseline(v.lane.Name) || v.rejected() {
		return nil
	}
	var out []string
	if entered {
		out = append(out, "the entry of group "+v.entry.Name)
	}
	for _, service := range sortedKeys(v.rows, v.entry.Services) {
		r, known := v.rows[service]
		if !known || r.baseline.Lane != v.lane.Name && !slices.Contains(r.free, v.lane.Name) {
			out = append(out, service.String()+because(r.standstill()))
		}
	}
	return out
}

func because(p *lane.Problem) string {
	if p == nil {
		return ""
	}
	return " (" + p.Reason + ": " + p.Message + ")"
}

// sortedKeys are the Services that have a row and those that should have one.
func sortedKeys(rows map[types.NamespacedName]row, services []types.NamespacedName) []types.NamespacedName {
	out := slices.Clone(services)
	for service := range rows {
		out = append(out, service)
	}
	slices.SortFunc(out, lane.CompareKeys)
	return slices.Compact(out)
}

// unlisted are the Services whose priorities do not keep the lane's pods out of
// other lanes yet, and why that is if it does not pass.
func (v laneView) unlisted() []string {
	var out []string
	for _, service := range v.entry.Services {
		if !slices.Contains(v.rows[service].listed, v.lane.Name) {
			out = append(out, service.String()+because(v.rows[service].standstill()))
		}
	}
	return out
}

// member is the lane's part in a Service.
func (v laneView) member(service types.NamespacedName) (lane.Member, bool) {
	return v.rows[service].member(v.lane.Name)
}
