package facts

import (
	"context"
	"fmt"
	"hash/maphash"
	"strconv"
	"sync"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// registryCache makes a Registry when a group or a lane has changed, and reads nothing
// otherwise: observing a Service costs the same however many groups there are. Groups
// that did not change are taken over from the last Registry.
type registryCache struct {
	mutex   sync.Mutex
	version uint64
	last    *Registry
	// changes counts the events of groups and lanes, and seen are those that had
	// come when the last Registry was begun.
	changes  atomic.Int64
	seen     int64
	watching bool
}

// Registry returns the groups and lanes of the cache. It may be as old as an informer's
// event takes to arrive. Whoever enqueues for such an event uses Invalidating, so that
// what is enqueued gets a Registry with the change.
func (c *Cluster) Registry(ctx context.Context) (*Registry, error) {
	return c.registries.get(ctx, c.Cache)
}

// Invalidating returns a predicate that passes what p passes, and invalidates the Registry
// for each of these changes of a group or lane. Handlers must invalidate before they
// enqueue: the order in which an informer calls its handlers is undefined.
func (c *Cluster) Invalidating(p predicate.Predicate) predicate.Predicate {
	invalidateIf := func(passes bool) bool {
		if passes {
			c.registries.invalidate()
		}
		return passes
	}
	return predicate.Funcs{
		CreateFunc:  func(e event.CreateEvent) bool { return invalidateIf(p.Create(e)) },
		UpdateFunc:  func(e event.UpdateEvent) bool { return invalidateIf(p.Update(e)) },
		DeleteFunc:  func(e event.DeleteEvent) bool { return invalidateIf(p.Delete(e)) },
		GenericFunc: p.Generic,
	}
}

// watch invalidates the Registry when a group or a lane changes.
func (r *registryCache) watch(ctx context.Context, from cache.Cache) error {
	for _, kind := range []client.Object{&apiv1.ASMSwimLaneGroup{}, &apiv1.ASMSwimLane{}} {
		informer, err := from.GetInformer(ctx, kind, cache.BlockUntilSynced(false))
		if err == nil {
			_, err = informer.AddEventHandlerWithOptions(toolscache.ResourceEventHandlerFuncs{
				AddFunc:    func(any) { r.invalidate() },
				UpdateFunc: r.updated,
				DeleteFunc: func(any) { r.invalidate() },
			}, toolscache.HandlerOptions{})
		}
		if err != nil {
			return fmt.Errorf("watching %T: %w", kind, err)
		}
	}
	r.watching = true
	return nil
}

func (r *registryCache) invalidate() { r.changes.Add(1) }

// updated leaves out changes that no decision depends on. Most are: they are our own
// writes of statuses.
func (r *registryCache) updated(before, after any) {
	a, ok := before.(client.Object)
	b, also := after.(client.Object)
	if !ok || !also || versionOf(a) != versionOf(b) {
		r.invalidate()
	}
}

// current returns the last Registry, and whether nothing has changed since.
func (r *registryCache) current() (*Registry, bool) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return r.last, r.last != nil && r.watching && r.seen == r.changes.Load()
}

func (r *registryCache) get(ctx context.Context, from client.Reader) (*Registry, error) {
	if last, ok := r.current(); ok {
		return last, nil
	}
	changes := r.changes.Load()
	var groups apiv1.ASMSwimLaneGroupList
	var lanes apiv1.ASMSwimLaneList
	if err := from.List(ctx, &groups, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing groups: %w", err)
	}
	if err := from.List(ctx, &lanes, client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("listing lanes: %w", err)
	}
	total, byGroup := versions(groups.Items, lanes.Items)

	r.mutex.Lock()
	defer r.mutex.Unlock()
	if changes < r.seen {
		return r.last, nil // a later read was faster
	}
	r.seen = changes
	if r.last == nil || r.version != total {
		r.last, r.version = newRegistry(groups.Items, lanes.Items, byGroup, r.last), total
	}
	return r.last, nil
}

var versionSeed = maphash.MakeSeed()

// versions folds the versions of all objects into one, and those of each group and its
// lanes into one per group. A sum of hashes does not depend on the order, and a cache's
// list has none. A status write of ours makes no new version unless it changes what a
// decision depends on.
func versions(groups []apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane) (uint64, map[string]uint64) {
	total, byGroup := uint64(0), make(map[string]uint64, len(groups))
	add := func(o client.Object) {
		v := versionOf(o)
		hash := maphash.Comparable(versionSeed, v)
		total += hash
		byGroup[v.group] += hash
	}
	for i := range groups {
		add(&groups[i])
	}
	for i := range lanes {
		add(&lanes[i])
	}
	return total, byGroup
}

// version is what the Registry depends on in an object.
type version struct {
	uid                types.UID
	name, spec         string
	group              string
	deleting, accepted bool
	// strip, sticky, baseline and restore are the annotations of a group that the registry reads.
	strip, sticky, baseline, restore string
}

func versionOf(o client.Object) version {
	v := version{uid: o.GetUID(), name: o.GetName(), spec: specVersion(o), group: o.GetName(), deleting: Deleting(o)}
	annotations := o.GetAnnotations()
	v.strip, v.sticky, v.baseline = annotations[apiv1.AnnotationStripTags], annotations[apiv1.AnnotationStickyCookie], annotations[apiv1.AnnotationBaseline]
	v.restore = annotations[apiv1.AnnotationRestoreTags]
	if l, ok := o.(*apiv1.ASMSwimLane); ok {
		v.group, v.accepted = l.Labels[apiv1.LabelSwimLaneGroup], lane.Accepted(l)
	}
	return v
}

// specVersion changes with the spec. An API server of a unit test does not count
// generations.
func specVersion(o client.Object) string {
	if g := o.GetGeneration(); g != 0 {
		return strconv.FormatInt(g, 10)
	}
	return o.GetResourceVersion()
}
