package rolloutwatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// Traffic reads and writes the mesh: trafficprovider.Applier.
type Traffic interface {
	Service(ctx context.Context, group string, service types.NamespacedName) (trafficprovider.Live, error)
	Ingress(ctx context.Context, group string, gateway types.NamespacedName) (trafficprovider.LiveIngress, error)
	Apply(ctx context.Context, plan lane.Plan, live trafficprovider.Live) (trafficprovider.Outcome, error)
	ApplyIngress(ctx context.Context, plan lane.IngressPlan, live trafficprovider.LiveIngress, services map[types.NamespacedName]trafficprovider.Live) (trafficprovider.Outcome, error)
	Objects(ctx context.Context, group string) (int, error)
}

// serviceReconciler keeps one Service of one group true to its plan.
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
// +kubebuilder:rbac:groups=apps,resources=deployments;replicasets,verbs=get;list;watch
// +kubebuilder:rbac:groups=rollouts.kruise.io,resources=rollouts,verbs=list;watch
// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups;asmswimlanes,verbs=list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// Reconcile looks at one Service and takes the next step.
//
// Pods are relabelled before the traffic moves: a canary pod that the webhook
// missed carries its template's baseline label and serves everybody until it is
// corrected, while a pod whose lane has no route yet is only met by nobody.
func (r *serviceReconciler) Reconcile(ctx context.Context, key lane.GroupService) (reconcile.Result, error) {
	seen, plan, err := r.decide(ctx, key)
	if err != nil {
		return r.failed(key, err)
	}
	var stale bool
	var relabelled error
	if len(plan.Relabel) > 0 {
		stale, relabelled = r.relabel(ctx, key, seen.snapshot, plan)
		// That took a while, in which the release may have been undone.
		if seen, plan, err = r.decide(ctx, key); err != nil {
			return r.failed(key, relabelled, err)
		}
	}
	outcome, err := r.traffic.Apply(ctx, plan, seen.live)
	if err != nil || relabelled != nil {
		return r.failed(key, relabelled, err)
	}
	if seen.left() {
		return r.forget(ctx, key, seen.snapshot)
	}
	r.publish(ctx, key, seen, plan, outcome)
	switch {
	case stale:
		return reconcile.Result{RequeueAfter: staleAfter}, nil
	case seen.waits:
		return reconcile.Result{RequeueAfter: sharingAfter}, nil
	}
	return reconcile.Result{RequeueAfter: outcome.RequeueAfter()}, nil
}

// sharingAfter is when a Service is looked at again that waits for another one.
const sharingAfter = time.Second

// decide observes a Service and says what should become of it.
func (r *serviceReconciler) decide(ctx context.Context, key lane.GroupService) (observation, lane.Plan, error) {
	seen, err := observe(ctx, r.cluster, r.traffic, key, r.now())
	if err == nil {
		err = r.confirmLeaving(ctx, key, seen.snapshot)
	}
	if err != nil {
		return seen, lane.Plan{}, err
	}
	return seen, lane.Compute(seen.snapshot), nil
}

// confirmLeaving asks the API server before a Service's traffic is withdrawn. It
// returns an error that means look again when the group does want the Service.
func (r *serviceReconciler) confirmLeaving(ctx context.Context, key lane.GroupService, s lane.Snapshot) error {
	if !s.Withdrawing || !s.TakenOver || s.Hold != nil {
		return nil
	}
	if leaves, err := r.cluster.ConfirmLeaving(ctx, key); err != nil || leaves {
		return err
	}
	return fmt.Errorf("group %s names service %s: %w", key.Group, key.Service, trafficprovider.ErrStale)
}

// observation is one look at a Service: what is, and what the mesh has been told.
type observation struct {
	snapshot lane.Snapshot
	live     trafficprovider.Live
	// waits: a Service that shares pods is not as far as this one, and nothing tells
	// when it is.
	waits bool
}

// left reports whether the Service is no member any more, and the mesh has forgotten it.
func (o observation) left() bool {
	return o.snapshot.Withdrawing && o.snapshot.Hold == nil && !o.live.TakenOver()
}

func observe(ctx context.Context, cluster *facts.Cluster, traffic Traffic, key lane.GroupService, since time.Time) (observation, error) {
	live, err := traffic.Service(ctx, key.Group, key.Service)
	if err != nil {
		return observation{}, err
	}
	s, err := cluster.Snapshot(ctx, key)
	if err != nil {
		return observation{}, err
	}
	s.Since, s.TakenOver, s.HeldByOther = since, live.TakenOver(), live.HeldByOther()
	if s.Unisolated, err = cluster.Unisolated(ctx, s); err != nil {
		return observation{}, err
	}
	seen := observation{snapshot: s, live: live, waits: len(s.Unisolated) > 0}
	for _, l := range s.Group.Lanes {
		if !live.Isolates(l.Name, since) {
			seen.snapshot.Unisolated = append(seen.snapshot.Unisolated, l.Name)
		}
	}
	return seen, nil
}

// publish keeps what the look came to, for statuses, and tells what changed.
func (r *serviceReconciler) publish(ctx context.Context, key lane.GroupService, seen observation, plan lane.Plan, outcome trafficprovider.Outcome) {
	next := status.NewService(seen.snapshot, plan, seen.live, outcome, r.words, r.now())
	last := r.store.Publish(key, next)
	if !last.Observed {
		last = beforeFirst(next, seen.live)
	}
	r.events.service(ctx, key, last, next)
}

// failed says so in the store, so that the statuses above do not wait for it,
// unless somebody was merely faster.
func (r *serviceReconciler) failed(key lane.GroupService, errs ...error) (reconcile.Result, error) {
	if result, ok := onlyStale(errs...); ok {
		return result, nil
	}
	r.store.Fail(key)
	return reconcile.Result{}, errors.Join(errs...)
}
