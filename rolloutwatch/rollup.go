package rolloutwatch

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/trafficprovider"
)

// rollup wakes the controllers of groups and lanes. Whatever does not concern
// their own spec is collected for a while, so that a burst of pods or rows is
// one status write.
type rollup struct {
	facts    *Facts
	board    *board
	provider trafficprovider.Provider
	after    time.Duration
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

func (r *groupReconciler) setup(mgr ctrl.Manager, u rollup) error {
	b := ctrl.NewControllerManagedBy(mgr).
		Named("group").
		For(&apiv1.ASMSwimLaneGroup{}, builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&apiv1.ASMSwimLane{}, u.later(u.groupsOfLane), builder.WithPredicates(laneChanged)).
		Watches(&apiv1.ASMSwimLaneGroup{}, u.later(u.groupsBeside), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&apiv1.ASMSwimLaneGroup{}, u.written(client.Object.GetName), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
		WatchesRawSource(u.groupOfRows()).
		WithOptions(controller.Options{RateLimiter: backoff[reconcile.Request]()})
	for _, object := range u.provider.Watched() {
		b = b.Watches(object, u.later(u.groupsOfTraffic), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
			Watches(object, handler.EnqueueRequestsFromMapFunc(u.groupOfEntry), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}))
	}
	for _, object := range u.provider.Consulted() {
		b = b.Watches(object, u.later(u.groupsOfTraffic), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}))
	}
	return b.Complete(r)
}

func (r *laneReconciler) setup(mgr ctrl.Manager, u rollup) error {
	b := ctrl.NewControllerManagedBy(mgr).
		Named("lane").
		For(&apiv1.ASMSwimLane{}, builder.WithPredicates(laneChanged)).
		Watches(&apiv1.ASMSwimLaneGroup{}, u.later(u.lanesOfGroup), builder.WithPredicates(predicate.GenerationChangedPredicate{})).
		Watches(&apiv1.ASMSwimLane{}, u.written(groupOfLane), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{})).
		WatchesRawSource(u.lanesOfRows()).
		WithOptions(controller.Options{RateLimiter: backoff[reconcile.Request]()})
	for _, object := range u.provider.Watched() {
		b = b.Watches(object, u.later(u.lanesOfEntry), builder.WithPredicates(predicate.ResourceVersionChangedPredicate{}))
	}
	return b.Complete(r)
}

// groupOfRows enqueues the group of a row that changed: at once when the
// group's entry depends on it.
func (u rollup) groupOfRows() source.Source {
	return source.Func(func(ctx context.Context, q queue) error {
		u.board.onChange(func(c change) {
			switch entry := u.isEntry(ctx, c.serviceRequest); {
			case entry && c.moved():
				q.Add(requestOf(c.Group))
			case entry:
				u.add(q, []string{c.Group})
			case c.inGroup():
				q.AddAfter(requestOf(c.Group), u.wait(ctx, c.Group))
			}
		})
		return nil
	})
}

func (u rollup) isEntry(ctx context.Context, key serviceRequest) bool {
	group := u.group(ctx, key.Group)
	return group != nil && slices.Contains(entryServices(group.Group), key.Service)
}

// lanesOfRows enqueues the lanes that show a row which changed.
func (u rollup) lanesOfRows() source.Source {
	return source.Func(func(ctx context.Context, q queue) error {
		u.board.onChange(func(c change) {
			wait := u.wait(ctx, c.Group)
			for _, name := range u.lanesOf(ctx, c.Group) {
				if c.inLane(name) {
					q.AddAfter(requestOf(name), wait)
				}
			}
		})
		return nil
	})
}

// perService is what every Service of a group adds to the time for which changes
// of its status are collected. A status has a row per Service, so what it costs
// to write one grows with the group; written as much more rarely, the changes in
// a large group cost no more than those in a small one.
const perService = time.Millisecond

// wait is how long changes of a group's Services are collected.
func (u rollup) wait(ctx context.Context, group string) time.Duration {
	if g := u.group(ctx, group); g != nil {
		return u.after + time.Duration(len(g.Services))*perService
	}
	return u.after
}

// group is nil when it does not exist, or when the cache has stopped.
func (u rollup) group(ctx context.Context, name string) *groupEntry {
	catalog, err := u.facts.catalogs.get(ctx, u.facts.Client)
	if err != nil {
		return nil
	}
	return catalog.groups[name]
}

// later enqueues what an object concerns, a while later.
func (u rollup) later(names func(context.Context, client.Object) []string) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) { u.add(q, names(ctx, e.Object)) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			u.add(q, names(ctx, e.ObjectOld))
			u.add(q, names(ctx, e.ObjectNew))
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { u.add(q, names(ctx, e.Object)) },
	}
}

// written looks again at an object whose status was written, as late as after any
// change of the group. A status is compared with the cached one, which is for a
// moment older than our last write: of two changes that cancel out, the second
// would seem to be there already.
func (u rollup) written(group func(client.Object) string) handler.EventHandler {
	return handler.Funcs{UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
		q.AddAfter(requestOf(e.ObjectNew.GetName()), u.wait(ctx, group(e.ObjectNew)))
	}}
}

func groupOfLane(o client.Object) string { return o.GetLabels()[apiv1.LabelSwimLaneGroup] }

// add enqueues after a while. What is already waiting keeps its time.
func (u rollup) add(q queue, names []string) {
	for _, name := range names {
		q.AddAfter(requestOf(name), u.after)
	}
}

func requestOf(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}
}

// groupsOfLane are the lane's group and those on its gateway: which of several
// has a request depends on the rules of all of them.
func (u rollup) groupsOfLane(ctx context.Context, o client.Object) []string {
	name := o.GetLabels()[apiv1.LabelSwimLaneGroup]
	if name == "" {
		return nil
	}
	catalog, err := u.facts.catalogs.get(ctx, u.facts.Client)
	if err != nil || catalog.groups[name] == nil {
		return []string{name}
	}
	return append(catalog.onGateways([]types.NamespacedName{catalog.groups[name].gateway()}), name)
}

// groupsBeside are the groups on a group's gateway.
func (u rollup) groupsBeside(ctx context.Context, o client.Object) []string {
	catalog, err := u.facts.catalogs.get(ctx, u.facts.Client)
	if err != nil {
		return nil // the cache has stopped
	}
	gateway := o.(*apiv1.ASMSwimLaneGroup).Spec.Ingress.Gateway
	return catalog.onGateways([]types.NamespacedName{{Namespace: gateway.Namespace, Name: gateway.Name}})
}

// groupsOfTraffic are the group that an object is of, and those whose gateway it
// is or is on.
func (u rollup) groupsOfTraffic(ctx context.Context, o client.Object) []string {
	var out []string
	if concern, ok := u.provider.Concerns(o); ok {
		out = append(out, concern.Group)
	}
	affected := u.provider.Affects(o)
	out = append(out, affected.Groups...)
	gateways := affected.Gateways
	if len(gateways) == 0 {
		return out
	}
	catalog, err := u.facts.catalogs.get(ctx, u.facts.Client)
	if err != nil {
		return out // the cache has stopped
	}
	return append(out, catalog.onGateways(gateways)...)
}

// groupOfEntry: nobody but the group repairs its entry, so it does not wait for
// what is collected for a status.
func (u rollup) groupOfEntry(_ context.Context, o client.Object) []reconcile.Request {
	if concern, ok := u.provider.Concerns(o); ok && concern.Service.Name == "" {
		return []reconcile.Request{requestOf(concern.Group)}
	}
	return nil
}

func (u rollup) lanesOfGroup(ctx context.Context, o client.Object) []string {
	return u.lanesOf(ctx, o.GetName())
}

// lanesOfEntry: the rows tell of a Service's objects, but nothing else tells a
// lane that the entry does not name it any more.
func (u rollup) lanesOfEntry(ctx context.Context, o client.Object) []string {
	if concern, ok := u.provider.Concerns(o); ok && concern.Service.Name == "" {
		return u.lanesOf(ctx, concern.Group)
	}
	return nil
}

// lanesOf are the lanes that say they belong to the group, whether or not it
// exists.
func (u rollup) lanesOf(ctx context.Context, group string) []string {
	catalog, err := u.facts.catalogs.get(ctx, u.facts.Client)
	if err != nil {
		return nil // the cache has stopped
	}
	var out []string
	for name, of := range catalog.lanes {
		if of == group {
			out = append(out, name)
		}
	}
	return out
}
