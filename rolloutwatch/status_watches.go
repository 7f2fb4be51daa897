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

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// statusWatches wake the controllers of groups and lanes. Whatever does not owner
// their own spec is collected for a while, so that a burst of pods is one status
// write.
type statusWatches struct {
	cluster  *facts.Cluster
	store    *status.Store
	provider trafficprovider.Provider
	after    time.Duration
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// groupOfServices enqueues the group of a Service that changed: at once when the
// group's ingress depends on it.
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

// perService is what every Service of a group adds to the time for which changes
// of its status are collected. A status has a row per Service, so what it costs
// to write one grows with the group; written as much more rarely, the changes in
// a large group cost no more than those in a small one.
const perService = time.Millisecond

// wait is how long changes of a group's Services are collected.
func (w statusWatches) wait(ctx context.Context, group string) time.Duration {
	if g := w.group(ctx, group); g != nil {
		return w.after + time.Duration(len(g.Services))*perService
	}
	return w.after
}

// group is nil when it does not exist, or when the cache has stopped.
func (w statusWatches) group(ctx context.Context, name string) *facts.Group {
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return nil
	}
	return registry.Group(name)
}

// later enqueues what an object concerns, a while later.
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

// written looks again at an object whose status was written, as late as after any
// change of the group. A status is compared with the cached one, which is for a
// moment older than our last write: of two changes that cancel out, the second
// would seem to be there already.
func (w statusWatches) written(group func(client.Object) string) handler.EventHandler {
	return handler.Funcs{UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q queue) {
		q.AddAfter(requestOf(e.ObjectNew.GetName()), w.wait(ctx, group(e.ObjectNew)))
	}}
}

// add enqueues after a while. What is already waiting keeps its time.
func (w statusWatches) add(q queue, names []string) {
	for _, name := range names {
		q.AddAfter(requestOf(name), w.after)
	}
}

func requestOf(name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Name: name}}
}

// groupsOfLane are the lane's group and those on its gateway: which of several
// has a request depends on the rules of all of them.
func (w statusWatches) groupsOfLane(ctx context.Context, o client.Object) []string {
	name := groupOfLane(o)
	if name == "" {
		return nil
	}
	registry, err := w.cluster.Registry(ctx)
	if err != nil || registry.Group(name) == nil {
		return []string{name}
	}
	return append(registry.OnGateways(registry.Group(name).Gateway()), name)
}

// groupsBeside are the groups on a group's gateway.
func (w statusWatches) groupsBeside(ctx context.Context, o client.Object) []string {
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return nil // the cache has stopped
	}
	gateway := o.(*apiv1.ASMSwimLaneGroup).Spec.Ingress.Gateway
	return registry.OnGateways(types.NamespacedName{Namespace: gateway.Namespace, Name: gateway.Name})
}

// groupsOfTraffic are the group that an object is of, and those whose gateway it
// is or is on.
func (w statusWatches) groupsOfTraffic(ctx context.Context, o client.Object) []string {
	var out []string
	if owner, ok := w.provider.OwnerOf(o); ok {
		out = append(out, owner.Group)
	}
	affected := w.provider.ImpactOf(o)
	out = append(out, affected.Groups...)
	if len(affected.Gateways) == 0 {
		return out
	}
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return out // the cache has stopped
	}
	return append(out, registry.OnGateways(affected.Gateways...)...)
}

// groupOfIngress: nobody but the group repairs its ingress, so it does not wait for
// what is collected for a status.
func (w statusWatches) groupOfIngress(_ context.Context, o client.Object) []reconcile.Request {
	if owner, ok := w.provider.OwnerOf(o); ok && owner.Service.Name == "" {
		return []reconcile.Request{requestOf(owner.Group)}
	}
	return nil
}

func (w statusWatches) lanesOfGroup(ctx context.Context, o client.Object) []string {
	return w.lanesOf(ctx, o.GetName())
}

// lanesOfIngress: the Services tell of their own objects, but nothing else tells a
// lane that the ingress does not name it any more.
func (w statusWatches) lanesOfIngress(ctx context.Context, o client.Object) []string {
	if owner, ok := w.provider.OwnerOf(o); ok && owner.Service.Name == "" {
		return w.lanesOf(ctx, owner.Group)
	}
	return nil
}

// lanesOf are the lanes that say they belong to the group, whether or not it
// exists.
func (w statusWatches) lanesOf(ctx context.Context, group string) []string {
	registry, err := w.cluster.Registry(ctx)
	if err != nil {
		return nil // the cache has stopped
	}
	return registry.LanesOf(group)
}
