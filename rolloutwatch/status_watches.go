package rolloutwatch

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// statusWatches enqueue groups and lanes. Whatever does not concern their own spec is
// collected for a while, so that a burst of pods is one status write.
type statusWatches struct {
	cluster  *facts.Cluster
	store    *status.Store
	provider trafficprovider.Provider
	after    time.Duration
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// groupOfServices enqueues the group of a Service that changed, at once when the group's
// ingress depends on it.
func (w statusWatches) groupOfServices() source.Source {
	return source.Func(func(ctx context.Context, q queue) error {
		w.store.OnChange(func(c status.Change) {
			switch ingress := w.isIngress(ctx, c.GroupService); {
			case ingress && c.Moved():
				q.Add(requestOf(c.Group))
			case ingress:
				w.add(q, []string{c.Group})
			case c.InGroup():
				q.AddAfter(requestOf(c.Group), w.wait(ctx, c.Group))
			}
		})
		return nil
	})
}

// isIngress reports whether the group's ingress sends requests to the Service.
func (w statusWatches) isIngress(ctx context.Context, key lane.GroupService) bool {
	group := w.group(ctx, key.Group)
	return group != nil && slices.Contains(group.IngressServices(), key.Service)
}

// lanesOfServices enqueues the lanes that show a Service which changed.
func (w statusWatches) lanesOfServices() source.Source {
	return source.Func(func(ctx context.Context, q queue) error {
		w.store.OnChange(func(c status.Change) {
			wait := w.wait(ctx, c.Group)
			for _, name := range w.lanesOf(ctx, c.Group) {
				if c.InLane(name) {
					q.AddAfter(requestOf(name), wait)
				}
			}
		})
		return nil
	})
}

// lanesLeftOut enqueues the lanes whose ingress rules that are left out have changed.
func (w statusWatches) lanesLeftOut() source.Source {
	return source.Func(func(_ context.Context, q queue) error {
		w.store.OnLeftOut(func(name string) { w.add(q, []string{name}) })
		return nil
	})
}

// perService is what every Service of a group adds to the time for which changes
// of its status are collected. A status has an entry per Service, so the cost of
// writing one grows with the group. Written as much more rarely, the changes in a large
// group cost no more than those in a small one.
const perService = time.Millisecond

// wait is how long changes of a group's Services are collected.
func (w statusWatches) wait(ctx context.Context, group string) time.Duration {
	if g := w.group(ctx, group); g != nil {
		return w.after + time.Duration(len(g.Services))*perService
	}
	return w.after
}

// group returns a group; nil when it does not exist, or when the cache has stopped.
func (w statusWatches) group(ctx context.Context, name string) *facts.Group {
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return nil
	}
	return registry.Group(name)
}

// later enqueues, after a while, the groups or lanes that an object concerns.
func (w statusWatches) later(names func(context.Context, client.Object) []string) handler.EventHandler {
	return handler.Funcs{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q queue) { w.add(q, names(ctx, e.Object)) },
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
			w.add(q, names(ctx, e.ObjectOld))
			w.add(q, names(ctx, e.ObjectNew))
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q queue) { w.add(q, names(ctx, e.Object)) },
	}
}

// written enqueues an object whose status was written, as late as after any change of
// the group. A status is compared with the cached one, which is older than our last
// write for a moment: of two changes that cancel out, the second one would seem to be
// written already.
func (w statusWatches) written(group func(client.Object) string) handler.EventHandler {
	return handler.Funcs{UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
		q.AddAfter(requestOf(e.ObjectNew.GetName()), w.wait(ctx, group(e.ObjectNew)))
	}}
}

// add enqueues after a while. What is waiting already keeps its time.
func (w statusWatches) add(q queue, names []string) {
	for _, name := range names {
		q.AddAfter(requestOf(name), w.after)
	}
}

func requestOf(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}
}
