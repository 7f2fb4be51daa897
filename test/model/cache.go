package model

import (
	"context"
	"reflect"
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/rolloutwatch/facts"
)

// lagging is the cache of one process. Each kind has come as far in the log of
// changes as the player let it.
type lagging struct {
	cache.Cache // nil: whatever is not here must not be used

	store      *store
	mutex      sync.RWMutex
	kinds      map[string]*watched
	indexes    map[string]client.IndexerFunc
	transforms map[string]toolscache.TransformFunc
	// others is the transform of kinds without one of their own.
	others toolscache.TransformFunc
}

// watched is what a process has seen of a kind.
type watched struct {
	cache.Informer // nil, as above

	of       *lagging
	log      *kindStore
	position int
	objects  map[types.NamespacedName]client.Object
	handlers []toolscache.ResourceEventHandler
}

func newLagging(s *store) *lagging {
	l := &lagging{store: s, kinds: map[string]*watched{}, indexes: map[string]client.IndexerFunc{}, transforms: map[string]toolscache.TransformFunc{}}
	options := facts.CacheOptions()
	l.others = options.DefaultTransform
	for object, by := range options.ByObject {
		l.transforms[kindOf(object)] = by.Transform
	}
	return l
}

// stripped is an object as the product's own cache options leave it.
func (l *lagging) stripped(o client.Object) client.Object {
	f := l.transforms[kindOf(o)]
	if f == nil {
		f = l.others
	}
	if out, err := f(o); err == nil {
		return out.(client.Object)
	}
	return o
}

// kind starts to watch a kind where nobody has yet, and lists what there is.
func (l *lagging) kind(name string) *watched {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	k := l.kinds[name]
	if k == nil {
		log := l.store.of(name)
		k = &watched{of: l, log: log, position: len(log.log), objects: map[types.NamespacedName]client.Object{}}
		for key, o := range log.objects {
			k.objects[key] = l.stripped(o)
		}
		l.kinds[name] = k
	}
	return k
}

func (k *watched) behind() int { return len(k.log.log) - k.position }

// deliver lets the watch see the next n changes.
func (k *watched) deliver(n int) {
	for range min(n, k.behind()) {
		c := k.log.log[k.position]
		k.position++
		k.see(c.key, c.after, func(was client.Object) any { return was })
	}
}

// relist is what a watch does that was cut off: it sees what is, and not what
// happened.
func (k *watched) relist() {
	missed := k.log.log[k.position:]
	k.position = len(k.log.log)
	for _, c := range missed {
		if now := k.log.objects[c.key]; now != k.objects[c.key] {
			k.see(c.key, now, func(was client.Object) any {
				return toolscache.DeletedFinalStateUnknown{Key: c.key.String(), Obj: was}
			})
		}
	}
}

func (k *watched) see(key types.NamespacedName, now client.Object, deleted func(client.Object) any) {
	k.of.mutex.Lock()
	was := k.objects[key]
	delete(k.objects, key)
	if now != nil {
		now = k.of.stripped(now)
		k.objects[key] = now
	}
	k.of.mutex.Unlock()
	for _, h := range k.handlers {
		switch {
		case was == nil && now == nil:
		case was == nil:
			h.OnAdd(now, false)
		case now == nil:
			h.OnDelete(deleted(was))
		default:
			h.OnUpdate(was, now)
		}
	}
}

// AddEventHandlerWithOptions implements cache.Informer.
func (k *watched) AddEventHandlerWithOptions(h toolscache.ResourceEventHandler, _ toolscache.HandlerOptions) (toolscache.ResourceEventHandlerRegistration, error) {
	k.of.mutex.Lock()
	k.handlers = append(k.handlers, h)
	objects := sortedObjects(k.objects)
	k.of.mutex.Unlock()
	for _, o := range objects {
		h.OnAdd(o, true)
	}
	return synced{}, nil
}

type synced struct {
	toolscache.ResourceEventHandlerRegistration
}

func (synced) HasSynced() bool { return true }

// GetInformer implements cache.Cache.
func (l *lagging) GetInformer(_ context.Context, o client.Object, _ ...cache.InformerGetOption) (cache.Informer, error) {
	return l.kind(kindOf(o)), nil
}

// WaitForCacheSync implements cache.Cache.
func (*lagging) WaitForCacheSync(context.Context) bool { return true }

// IndexField implements client.FieldIndexer.
func (l *lagging) IndexField(_ context.Context, o client.Object, field string, values client.IndexerFunc) error {
	l.indexes[kindOf(o)+" "+field] = values
	return nil
}

// Get implements client.Reader.
func (l *lagging) Get(_ context.Context, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
	k := l.kind(kindOf(o))
	l.mutex.RLock()
	defer l.mutex.RUnlock()
	return read(k.objects[key], key, o, (&client.GetOptions{}).ApplyOptions(opts).UnsafeDisableDeepCopy)
}

// List implements client.Reader.
func (l *lagging) List(_ context.Context, list client.ObjectList, opts ...client.ListOption) error {
	kind := kindOf(list)
	k := l.kind(kind)
	l.mutex.RLock()
	defer l.mutex.RUnlock()
	o := (&client.ListOptions{}).ApplyOptions(opts)
	return listed(sortedObjects(k.objects), list, o, func(object client.Object, r fields.Requirement) bool {
		values := l.indexes[kind+" "+r.Field]
		if values == nil {
			panic("no index " + kind + " " + r.Field)
		}
		return slices.Contains(values(object), r.Value)
	})
}

// read copies an object to where the reader wants it.
func read(from client.Object, key client.ObjectKey, o client.Object, shared *bool) error {
	if from == nil {
		missing := o.DeepCopyObject().(client.Object)
		missing.SetName(key.Name)
		return notFound(missing)
	}
	if shared != nil && *shared {
		reflect.ValueOf(o).Elem().Set(reflect.ValueOf(from).Elem())
		return nil
	}
	into(o, from)
	return nil
}

func listed(objects []client.Object, list client.ObjectList, o *client.ListOptions, indexed func(client.Object, fields.Requirement) bool) error {
	var out []runtime.Object
	for _, object := range objects {
		if o.Namespace != "" && object.GetNamespace() != o.Namespace ||
			o.LabelSelector != nil && !o.LabelSelector.Matches(labels.Set(object.GetLabels())) {
			continue
		}
		if o.FieldSelector != nil && !indexed(object, o.FieldSelector.Requirements()[0]) {
			continue
		}
		if o.UnsafeDisableDeepCopy == nil || !*o.UnsafeDisableDeepCopy {
			object = object.DeepCopyObject().(client.Object)
		}
		out = append(out, object)
	}
	return meta.SetList(list, out)
}

// lag is how many changes the process has not seen.
func (l *lagging) lag() int {
	n := 0
	for _, k := range l.kinds {
		n += k.behind()
	}
	return n
}
