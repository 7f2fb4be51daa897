package rolloutwatch

import (
	"context"
	"errors"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// Traffic reads and writes the mesh: trafficprovider.Applier.
type Traffic interface {
	Service(ctx context.Context, group string, service types.NamespacedName) (trafficprovider.Live, error)
	Ingress(ctx context.Context, group string, gateway types.NamespacedName) (trafficprovider.LiveIngress, error)
	Apply(ctx context.Context, plan lane.Plan, live trafficprovider.Live) (trafficprovider.Outcome, error)
	ApplyIngress(ctx context.Context, plan lane.IngressPlan, live trafficprovider.LiveIngress, services map[types.NamespacedName]trafficprovider.Live) (trafficprovider.Outcome, error)
}

// serviceReconciler keeps one Service of one group true to its plan.
type serviceReconciler struct {
	facts   *Facts
	client  client.Client
	traffic Traffic
	board   *board
	tell    *announcer
	metrics *metrics
	now     func() time.Time
}

// +kubebuilder:rbac:groups="",resources=pods,verbs=list;watch;patch
// +kubebuilder:rbac:groups="",resources=services,verbs=list;watch
// +kubebuilder:rbac:groups=apps,resources=deployments;replicasets,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollouts.kruise.io,resources=rollouts,verbs=list;watch
// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups;asmswimlanes,verbs=list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile looks at one Service and takes the next step.
//
// Pods are relabelled before the traffic moves: a canary pod that the webhook
// missed carries its template's baseline label and serves everybody until it is
// corrected, while a pod whose lane has no route yet is only met by nobody.
func (r *serviceReconciler) Reconcile(ctx context.Context, req serviceRequest) (reconcile.Result, error) {
	look, plan, err := r.decide(ctx, req)
	if err != nil {
		return r.failed(req, err)
	}
	var stale bool
	var relabelled error
	if len(plan.Relabel) > 0 {
		stale, relabelled = r.relabel(ctx, req, look.snapshot, plan)
		// That took a while, in which the release may have been undone.
		if look, plan, err = r.decide(ctx, req); err != nil {
			return r.failed(req, relabelled, err)
		}
	}
	outcome, err := r.traffic.Apply(ctx, plan, look.live)
	if err != nil || relabelled != nil {
		return r.failed(req, relabelled, err)
	}
	if look.left() {
		if err := r.farewell(ctx, req, look.snapshot); err != nil {
			return r.failed(req, err)
		}
		r.board.remove(req)
		return reconcile.Result{}, nil
	}
	next := newRow(look.snapshot, plan, look.live, outcome, r.now())
	last := r.board.publish(req, next)
	if !last.looked {
		last = firstRow(next, look.live)
	}
	r.tell.service(ctx, req, last, next)
	if stale {
		return reconcile.Result{RequeueAfter: lookAgainAfter}, nil
	}
	return reconcile.Result{RequeueAfter: outcome.LookAgain()}, nil
}

// decide looks at a Service and says what should become of it.
func (r *serviceReconciler) decide(ctx context.Context, req serviceRequest) (look, lane.Plan, error) {
	look, err := r.look(ctx, req)
	if err == nil {
		err = r.facts.confirmLeaving(ctx, req, look.snapshot)
	}
	if err != nil {
		return look, lane.Plan{}, err
	}
	return look, lane.Compute(look.snapshot), nil
}

// look is one look at a Service: what is, and what the mesh has been told.
type look struct {
	snapshot lane.Snapshot
	live     trafficprovider.Live
}

// left: the Service is no member any more, and the mesh has forgotten it.
func (l look) left() bool {
	return l.snapshot.Leaving && l.snapshot.Hold == nil && l.live.Gone()
}

func (r *serviceReconciler) look(ctx context.Context, req serviceRequest) (look, error) {
	since := r.now()
	l, err := lookAt(ctx, r.facts, r.traffic, req)
	l.snapshot.Since = since
	return l, err
}

func lookAt(ctx context.Context, facts *Facts, traffic Traffic, req serviceRequest) (look, error) {
	live, err := traffic.Service(ctx, req.Group, req.Service)
	if err != nil {
		return look{}, err
	}
	snapshot, err := facts.Snapshot(ctx, req.Group, req.Service)
	snapshot.TakenOver, snapshot.Elsewhere = live.TakenOver(), live.Elsewhere()
	return look{snapshot, live}, err
}

// failed says so on the row, so that the statuses above do not wait for it,
// unless somebody was merely faster.
func (r *serviceReconciler) failed(req serviceRequest, errs ...error) (reconcile.Result, error) {
	if result, ok := lookAgain(errs...); ok {
		return result, nil
	}
	r.board.fail(req)
	return reconcile.Result{}, errors.Join(errs...)
}
