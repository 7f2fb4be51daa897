package istio_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// world is an API server of one Service and one ingress, on which reads may be
// some versions old, writes may be slow, and the writer may die before any of
// them. It watches what the mesh is told and keeps the book on it.
type world struct {
	client.Client // nil: whatever is not here must not be used

	now     time.Time
	objects map[string]client.Object
	history map[string][]client.Object // older versions, nil where it did not exist
	version int

	// Faults of the next calls.
	lag      func(id string) int // versions that the cache is behind
	crashIn  int                 // writes until the writer dies; 0: it does not
	slow     func() time.Duration
	writes   int
	settle   time.Duration
	defined  map[string]time.Time            // subsets, since when
	named    map[string]time.Time            // subsets, when a route last named them
	alone    map[string]time.Time            // subsets with labels, since when
	lists    map[string]map[string]time.Time // subsets, the markers they keep out since when
	said     map[string]time.Time            // lanes whose pods say that they may answer, since when
	selects  map[string]bool                 // subsets that select these
	violated []string
}

var errCrash = errors.New("the writer died")

func newWorld(settle time.Duration) *world {
	return &world{
		now: t0, settle: settle, objects: map[string]client.Object{}, history: map[string][]client.Object{},
		lag: func(string) int { return 0 }, slow: func() time.Duration { return 0 },
		defined: map[string]time.Time{}, named: map[string]time.Time{}, alone: map[string]time.Time{}, lists: map[string]map[string]time.Time{},
		said: map[string]time.Time{}, selects: map[string]bool{},
	}
}

func idOf(kind string, key types.NamespacedName) string { return kind + " " + key.String() }

// reader reads a world: from a cache that may be old, or as it is.
type reader struct {
	*world
	cached bool
}

func (r reader) see(id string) client.Object {
	past := r.history[id]
	if behind := min(r.lag(id), len(past)); r.cached && behind > 0 {
		return past[len(past)-behind]
	}
	return r.objects[id]
}

func (r reader) Get(_ context.Context, key client.ObjectKey, into client.Object, _ ...client.GetOption) error {
	if gateway, ok := into.(*networkingv1.Gateway); ok {
		*gateway = *newGateway(key) // there always is one
		return nil
	}
	obj := r.see(idOf(kindOf(into), key))
	if obj == nil {
		return apierrors.NewNotFound(schema.GroupResource{Resource: kindOf(into)}, key.String())
	}
	switch into := into.(type) {
	case *networkingv1.DestinationRule:
		obj.(*networkingv1.DestinationRule).DeepCopyInto(into)
	case *networkingv1.VirtualService:
		obj.(*networkingv1.VirtualService).DeepCopyInto(into)
	}
	return nil
}

func (r reader) List(_ context.Context, into client.ObjectList, opts ...client.ListOption) error {
	o := client.ListOptions{}
	o.ApplyOptions(opts)
	list, isRoutes := into.(*networkingv1.VirtualServiceList)
	for _, id := range slices.Sorted(maps.Keys(r.history)) {
		vs, ok := r.see(id).(*networkingv1.VirtualService)
		if isRoutes && ok && (o.LabelSelector == nil || o.LabelSelector.Matches(labels.Set(vs.Labels))) {
			list.Items = append(list.Items, vs)
		}
	}
	return nil
}

// noIndexes lets every list be one of everything, which is right, if slow.
type noIndexes struct{}

func (noIndexes) IndexField(context.Context, client.Object, string, client.IndexerFunc) error {
	return nil
}

// cache is the world as a client that reads a cache.
type cache struct{ reader }

func (c cache) GroupVersionKindFor(obj runtime.Object) (schema.GroupVersionKind, error) {
	return schema.GroupVersionKind{Kind: kindOf(obj.(client.Object))}, nil
}

func (c cache) Create(_ context.Context, obj client.Object, _ ...client.CreateOption) error {
	return c.commit(obj, func(old client.Object) error {
		if old != nil {
			return apierrors.NewAlreadyExists(schema.GroupResource{}, obj.GetName())
		}
		obj.SetUID(types.UID(strconv.Itoa(c.version)))
		return nil
	}, obj)
}

func (c cache) Update(_ context.Context, obj client.Object, _ ...client.UpdateOption) error {
	return c.commit(obj, func(old client.Object) error { return same(obj, old, obj.GetResourceVersion()) }, obj)
}

func (c cache) Delete(_ context.Context, obj client.Object, opts ...client.DeleteOption) error {
	o := client.DeleteOptions{}
	o.ApplyOptions(opts)
	return c.commit(obj, func(old client.Object) error {
		if old != nil && *o.Preconditions.UID != old.GetUID() {
			return apierrors.NewConflict(schema.GroupResource{}, obj.GetName(), nil)
		}
		return same(obj, old, *o.Preconditions.ResourceVersion)
	}, nil)
}

func same(obj, old client.Object, version string) error {
	switch {
	case old == nil:
		return apierrors.NewNotFound(schema.GroupResource{}, obj.GetName())
	case old.GetResourceVersion() != version:
		return apierrors.NewConflict(schema.GroupResource{}, obj.GetName(), nil)
	}
	return nil
}

// commit makes a write at the end of its time.
func (w *world) commit(obj client.Object, check func(old client.Object) error, next client.Object) error {
	if w.crashIn > 0 {
		if w.crashIn--; w.crashIn == 0 {
			return errCrash
		}
	}
	w.now = w.now.Add(w.slow())
	id := idOf(kindOf(obj), client.ObjectKeyFromObject(obj))
	old := w.objects[id]
	if err := check(old); err != nil {
		return err
	}
	w.version++
	w.writes++
	w.history[id] = append(w.history[id], old)
	delete(w.objects, id)
	wasNamed := w.namedNow(old, id)
	if next != nil {
		next.SetResourceVersion(strconv.Itoa(w.version))
		w.objects[id] = next.DeepCopyObject().(client.Object)
	}
	w.keepBook(wasNamed)
	return nil
}

// namedNow are the subsets that routes name, with what is about to be replaced.
func (w *world) namedNow(old client.Object, id string) map[string]bool {
	out := map[string]bool{}
	add := func(obj client.Object) {
		vs, ok := obj.(*networkingv1.VirtualService)
		if !ok {
			return
		}
		for _, r := range vs.Spec.Http {
			out[r.Route[0].Destination.Subset] = true
		}
	}
	for k, obj := range w.objects {
		if k != id {
			add(obj)
		}
	}
	if old != nil {
		add(old)
	}
	return out
}

// keepBook compares the mesh after a write with before.
func (w *world) keepBook(wasNamed map[string]bool) {
	for s := range wasNamed {
		w.named[s] = w.now
	}
	subsets := map[string]bool{}
	for _, obj := range w.objects {
		if rule, ok := obj.(*networkingv1.DestinationRule); ok {
			for _, s := range rule.Spec.Subsets {
				subsets[s.Name] = true
				w.noteLists(s.Name, len(s.Labels) > 0, s.GetTrafficPolicy().GetLoadBalancer().GetLocalityLbSetting().GetFailoverPriority())
				w.noteSelects(s)
			}
		}
	}
	for s := range subsets {
		if _, ok := w.defined[s]; !ok {
			w.defined[s] = w.now
		}
	}
	for s := range w.defined {
		if last, ok := w.named[s]; !subsets[s] && ok && w.now.Sub(last) < w.settle {
			w.violate("subset %s goes %s after its last route", s, w.now.Sub(last))
		}
		if !subsets[s] {
			delete(w.defined, s)
			delete(w.lists, s)
			delete(w.alone, s)
		}
	}
	for s := range w.namedNow(nil, "") {
		since, ok := w.defined[s]
		if !ok {
			w.violate("a route names subset %s, which is not defined", s)
		}
		if !wasNamed[s] && w.now.Sub(since) < w.settle {
			w.violate("a route names subset %s %s after it was defined", s, w.now.Sub(since))
		}
	}
}

// noteSelects: a subset begins to select those who may answer when every proxy knows that they
// say so.
func (w *world) noteSelects(s *networkingapi.Subset) {
	_, selects := s.Labels[apiv1.AnswersLabel(s.Name)]
	since, said := w.said[s.Name]
	if selects && !w.selects[s.Name] && (!said || w.now.Sub(since) < w.settle) {
		w.violate("subset %s selects who may answer, and some proxy does not know who that is", s.Name)
	}
	w.selects[s.Name] = selects
}

// noteSaid: a look finds that all pods say that they may answer in these lanes.
func (w *world) noteSaid(plan lane.Plan) {
	for _, m := range plan.Gray {
		if _, said := w.said[m.Lane]; m.Answers && !said {
			w.said[m.Lane] = w.now
		}
	}
}

// noteSilence: a look that came to its end found pods that do not say so.
func (w *world) noteSilence(plan lane.Plan) {
	maps.DeleteFunc(w.said, func(name string, _ time.Time) bool {
		m, _ := lane.MemberOf(plan.Gray, name)
		return !m.Answers
	})
}

// noteLists takes it that labels keep everybody else's pods out.
func (w *world) noteLists(subset string, labelled bool, priority []string) {
	next := map[string]time.Time{}
	for _, marker := range priority {
		next[marker] = w.now
		if since, ok := w.alone[subset]; ok {
			next[marker] = since
		}
		if since, ok := w.lists[subset][marker]; ok {
			next[marker] = since
		}
	}
	w.lists[subset] = next
	if _, ok := w.alone[subset]; !ok && labelled {
		w.alone[subset] = w.now
	} else if !labelled {
		delete(w.alone, subset)
	}
}

// keepsOut reports whether every gray subset that requests meet has kept the
// lane's pods out for one settle.
func (w *world) keepsOut(laneName string) bool {
	for s := range w.namedNow(nil, "") {
		since, ok := w.lists[s][apiv1.LaneMarker(laneName)+"="]
		if gray := len(w.lists[s]) > 0; gray && s != laneName && (!ok || w.now.Sub(since) < w.settle) {
			return false
		}
	}
	return true
}

func (w *world) violate(format string, args ...any) {
	w.violated = append(w.violated, w.now.Sub(t0).String()+": "+fmt.Sprintf(format, args...))
}

// String is the mesh as it is.
func (w *world) String() string {
	var out strings.Builder
	for _, id := range slices.Sorted(maps.Keys(w.objects)) {
		text, _ := yaml.Marshal(w.objects[id])
		fmt.Fprintf(&out, "%s at %s:\n%s\n", id, w.now.Sub(t0), text)
	}
	return out.String()
}
