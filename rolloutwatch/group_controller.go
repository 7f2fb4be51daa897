package rolloutwatch

import (
	"context"
	"errors"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// groupReconciler keeps a group's ingress and its status.
type groupReconciler struct {
	cluster *facts.Cluster
	client  client.Client
	traffic Traffic
	store   *status.Store
	words   trafficprovider.Words
	now     func() time.Time
}

// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups,verbs=list;watch;patch
// +kubebuilder:rbac:groups=istio.alibabacloud.com,resources=asmswimlanegroups/status,verbs=update

// Reconcile takes the next step of a group's ingress and rolls up its status.
func (r *groupReconciler) Reconcile(ctx context.Context, req reconcile.Request) (reconcile.Result, error) {
	result, err := r.reconcile(ctx, req.Name)
	if again, ok := onlyStale(err); ok {
		return again, nil
	}
	return result, err
}

func (r *groupReconciler) reconcile(ctx context.Context, name string) (reconcile.Result, error) {
	group, exists, err := r.cluster.Group(ctx, name)
	switch {
	case err != nil:
		return reconcile.Result{}, err
	case !exists:
		return r.withdrawOrphan(ctx, name)
	case facts.Deleting(group):
		return r.finalize(ctx, group)
	}
	if err := claim(ctx, r.client, group); err != nil {
		return reconcile.Result{}, err
	}
	registry, err := r.cluster.Registry(ctx)
	if err != nil {
		return reconcile.Result{}, err
	}
	parsed := registry.Group(name)
	if parsed == nil || !recorded(group, parsed.Gateway()) {
		return reconcile.Result{RequeueAfter: staleAfter}, nil // the Registry is older or newer than the cached group
	}
	ingress, err := r.ingress(ctx, registry, parsed)
	if _, ok := onlyStale(err); ok {
		return reconcile.Result{}, err
	}
	state := status.IngressState{Reason: ingress.Condition().Reason, LeftOut: ingress.LeftOut(parsed.Group)}
	if err != nil { // there may be no plan, and what was left out is so still
		state.LeftOut = r.store.LeftOut(name)
	}
	r.store.PublishIngress(name, state)
	again := reconcile.Result{RequeueAfter: ingress.Outcome.RequeueAfter()}
	members := membersOf(parsed, r.store)
	if !members.Complete() {
		return again, err // the last Service to be published enqueues the group again
	}
	return again, errors.Join(err, writeStatus(ctx, r.client, group, &group.Status, status.Group(group, members, ingress)))
}

// recorded reports whether the group says that its entry may be in a gateway's namespace.
func recorded(group *apiv1.ASMSwimLaneGroup, gateway types.NamespacedName) bool {
	return gateway.Name == "" || lane.NamespacesOf(group).OfIngress(gateway.Namespace)
}

// membersOf leaves out Services in namespaces that are not the group's. Somebody there
// gave objects of his the group's labels; they are withdrawn, and nobody waits for that.
func membersOf(g *facts.Group, store *status.Store) status.Members {
	return status.Members{Group: g.Group, Problem: g.Problem, Services: servicesIn(g.Namespaces, store.Of(g.Name)), LeftOut: store.LeftOut(g.Name)}
}

func servicesIn(namespaces lane.Namespaces, services map[types.NamespacedName]status.Service) map[types.NamespacedName]status.Service {
	maps.DeleteFunc(services, func(service types.NamespacedName, _ status.Service) bool {
		return !namespaces.OfService(service.Namespace)
	})
	return services
}

func (r *groupReconciler) setup(mgr ctrl.Manager, w statusWatches) error {
	spec := r.cluster.Invalidating(facts.GroupChanged)
	b := ctrl.NewControllerManagedBy(mgr).
		Named("group").
		For(&apiv1.ASMSwimLaneGroup{}, builder.WithPredicates(spec)).
		Watches(&apiv1.ASMSwimLane{}, w.later(w.groupsOfLane), builder.WithPredicates(r.cluster.Invalidating(facts.LaneChanged))).
		Watches(&apiv1.ASMSwimLaneGroup{}, w.later(w.groupsBeside), builder.WithPredicates(spec)).
		Watches(&apiv1.ASMSwimLaneGroup{}, w.written(client.Object.GetName), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
		WatchesRawSource(w.groupOfServices()).
		WithOptions(controller.Options{RateLimiter: backoff[reconcile.Request]()})
	for _, object := range w.provider.OwnedKinds() {
		b = b.Watches(object, w.later(w.groupsOfTraffic), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
			Watches(object, handler.EnqueueRequestsFromMapFunc(w.groupOfIngress), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}))
	}
	for _, object := range w.provider.ReadKinds() {
		b = b.Watches(object, w.later(w.groupsOfTraffic), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}))
	}
	return b.Complete(r)
}
