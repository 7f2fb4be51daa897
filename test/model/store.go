package model

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// store is an API server's memory. Objects in it are never changed, only
// replaced.
type store struct {
	kinds   map[string]*kindStore
	version int
	// onChange hears of every change once it is made.
	onChange func(before, after client.Object)
}

// kindStore has the objects of one kind and all changes there ever were.
type kindStore struct {
	objects map[types.NamespacedName]client.Object
	log     []change
}

// change is a step in the life of an object; before is nil when it is created,
// after when it goes.
type change struct {
	key           types.NamespacedName
	before, after client.Object
	at            time.Time
}

func newStore() *store { return &store{kinds: map[string]*kindStore{}} }

// kindOf names the kind of an object or of a list's items.
func kindOf(o any) string {
	if m, ok := o.(*metav1.PartialObjectMetadata); ok {
		return m.Kind
	}
	return strings.TrimSuffix(reflect.TypeOf(o).Elem().Name(), "List")
}

func (s *store) of(kind string) *kindStore {
	k := s.kinds[kind]
	if k == nil {
		k = &kindStore{objects: map[types.NamespacedName]client.Object{}}
		s.kinds[kind] = k
	}
	return k
}

// sorted returns the objects of a kind.
func (k *kindStore) sorted() []client.Object {
	return sortedObjects(k.objects)
}

func sortedObjects(objects map[types.NamespacedName]client.Object) []client.Object {
	out := make([]client.Object, 0, len(objects))
	for _, o := range objects {
		out = append(out, o)
	}
	slices.SortFunc(out, func(a, b client.Object) int {
		return cmp.Or(strings.Compare(a.GetNamespace(), b.GetNamespace()), strings.Compare(a.GetName(), b.GetName()))
	})
	return out
}

// put stores an object as it is, as a new version.
func (s *store) put(o client.Object) {
	kind, key := s.of(kindOf(o)), client.ObjectKeyFromObject(o)
	s.version++
	o.SetResourceVersion(strconv.Itoa(s.version))
	before := kind.objects[key]
	if before == nil {
		o.SetUID(types.UID("uid-" + strconv.Itoa(s.version)))
		o.SetCreationTimestamp(metav1.NewTime(time.Now().Truncate(time.Second)))
		o.SetGeneration(1)
	}
	kind.objects[key] = o
	s.changed(kind, change{key, before, o, time.Now()})
}

// drop removes an object whatever it says.
func (s *store) drop(o client.Object) {
	kind, key := s.of(kindOf(o)), client.ObjectKeyFromObject(o)
	if before := kind.objects[key]; before != nil {
		s.version++
		delete(kind.objects, key)
		s.changed(kind, change{key, before, nil, time.Now()})
	}
}

func (s *store) changed(kind *kindStore, c change) {
	kind.log = append(kind.log, c)
	if s.onChange != nil {
		s.onChange(c.before, c.after)
	}
}

// get returns a copy that may be changed and put back; nil when there is none.
func get[T client.Object](s *store, namespace, name string) T {
	var none T
	kind := reflect.TypeOf(none).Elem().Name()
	o, ok := s.of(kind).objects[types.NamespacedName{Namespace: namespace, Name: name}]
	if !ok {
		return none
	}
	return o.DeepCopyObject().(T)
}

// all returns the objects of a type, sorted. They must not be changed.
func all[T client.Object](s *store) []T {
	var none T
	var out []T
	for _, o := range s.of(reflect.TypeOf(none).Elem().Name()).sorted() {
		out = append(out, o.(T))
	}
	return out
}

// history returns the versions of an object, the oldest first, each with the
// time at which it ended; the last has none. A version that is nil is a time in
// which the object did not exist.
func (s *store) history(kind string, key types.NamespacedName) []period {
	out := []period{{}}
	for _, c := range s.of(kind).log {
		if c.key == key {
			out[len(out)-1].end = c.at
			out = append(out, period{object: c.after})
		}
	}
	return out
}

// period is a version of an object and when it was replaced.
type period struct {
	object client.Object
	end    time.Time
}

func id(o client.Object) string {
	if o.GetNamespace() == "" {
		return kindOf(o) + " " + o.GetName()
	}
	return fmt.Sprintf("%s %s/%s", kindOf(o), o.GetNamespace(), o.GetName())
}
