package model

import (
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
)

// What an API server does with a write.

func resource(o client.Object) schema.GroupResource { return schema.GroupResource{Resource: kindOf(o)} }

func notFound(o client.Object) error { return apierrors.NewNotFound(resource(o), o.GetName()) }

func conflict(o client.Object) error {
	return apierrors.NewConflict(resource(o), o.GetName(), fmt.Errorf("the object has been modified"))
}

func (s *store) current(o client.Object) client.Object {
	return s.of(kindOf(o)).objects[client.ObjectKeyFromObject(o)]
}

// create stores a new object, and tells the caller what became of it.
func (s *store) create(o client.Object) error {
	if s.current(o) != nil {
		return apierrors.NewAlreadyExists(resource(o), o.GetName())
	}
	next := o.DeepCopyObject().(client.Object)
	resetStatus(next, nil)
	s.put(next)
	into(o, next)
	return nil
}

// update replaces an object but for its status.
func (s *store) update(o client.Object) error {
	was := s.current(o)
	if err := precondition(o, was, o.GetResourceVersion()); err != nil {
		return err
	}
	next := o.DeepCopyObject().(client.Object)
	resetStatus(next, was)
	s.replace(was, next)
	into(o, s.current(o))
	return nil
}

// updateStatus replaces the status and nothing else.
func (s *store) updateStatus(o client.Object) error {
	was := s.current(o)
	if err := precondition(o, was, o.GetResourceVersion()); err != nil {
		return err
	}
	next := was.DeepCopyObject().(client.Object)
	resetStatus(next, o)
	s.replace(was, next)
	into(o, s.current(o))
	return nil
}

// patch merges into an object; a resourceVersion in the patch is a
// precondition.
func (s *store) patch(o client.Object, patch []byte) error {
	was := s.current(o)
	if was == nil {
		return notFound(o)
	}
	var change struct {
		Metadata struct{ ResourceVersion string }
	}
	if err := json.Unmarshal(patch, &change); err != nil {
		return err
	}
	if v := change.Metadata.ResourceVersion; v != "" && v != was.GetResourceVersion() {
		return conflict(o)
	}
	next, err := merged(was, patch)
	if err != nil {
		return err
	}
	resetStatus(next, was)
	s.replace(was, next)
	if now := s.current(o); now != nil {
		into(o, now)
	}
	return nil
}

// replace makes the next version of an object, unless it says the same. An
// object that is being deleted goes with its last finalizer.
func (s *store) replace(was, next client.Object) {
	next.SetUID(was.GetUID())
	next.SetCreationTimestamp(was.GetCreationTimestamp())
	next.SetDeletionTimestamp(was.GetDeletionTimestamp())
	next.SetGeneration(was.GetGeneration())
	next.SetResourceVersion(was.GetResourceVersion())
	if !next.GetDeletionTimestamp().IsZero() && len(next.GetFinalizers()) == 0 {
		s.drop(was)
		return
	}
	before, after := document(was), document(next)
	if reflect.DeepEqual(before, after) {
		return
	}
	if !reflect.DeepEqual(before["spec"], after["spec"]) {
		next.SetGeneration(was.GetGeneration() + 1)
	}
	s.put(next)
}

// remove deletes an object, or marks it while it has finalizers.
func (s *store) remove(o client.Object) {
	was := s.current(o)
	switch {
	case was == nil:
	case len(was.GetFinalizers()) == 0:
		s.drop(was)
	case was.GetDeletionTimestamp().IsZero():
		next := was.DeepCopyObject().(client.Object)
		next.SetDeletionTimestamp(&metav1.Time{Time: time.Now()})
		next.SetGeneration(was.GetGeneration() + 1)
		s.put(next)
	}
}

// delete is remove with the preconditions of a client.
func (s *store) delete(o client.Object, opts client.DeleteOptions) error {
	was := s.current(o)
	if was == nil {
		return notFound(o)
	}
	if p := opts.Preconditions; p != nil {
		if p.UID != nil && *p.UID != was.GetUID() || p.ResourceVersion != nil && *p.ResourceVersion != was.GetResourceVersion() {
			return conflict(o)
		}
	}
	s.remove(o)
	return nil
}

func precondition(o, was client.Object, version string) error {
	switch {
	case was == nil:
		return notFound(o)
	case version == "":
		return apierrors.NewBadRequest("metadata.resourceVersion: must be specified for an update")
	case version != was.GetResourceVersion():
		return conflict(o)
	}
	return nil
}

// resetStatus gives an object another's status, where the kind has a status of
// its own to write.
func resetStatus(o, from client.Object) {
	switch o := o.(type) {
	case *apiv1.ASMSwimLaneGroup:
		o.Status = apiv1.ASMSwimLaneGroupStatus{}
		if from != nil {
			o.Status = from.DeepCopyObject().(*apiv1.ASMSwimLaneGroup).Status
		}
	case *apiv1.ASMSwimLane:
		o.Status = apiv1.ASMSwimLaneStatus{}
		if from != nil {
			o.Status = from.DeepCopyObject().(*apiv1.ASMSwimLane).Status
		}
	}
}

// into copies an object over another of its type.
func into(o, from client.Object) {
	reflect.ValueOf(o).Elem().Set(reflect.ValueOf(from.DeepCopyObject()).Elem())
}

func document(o client.Object) map[string]any {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		panic(err)
	}
	return out
}

// merged applies a JSON merge patch.
func merged(was client.Object, patch []byte) (client.Object, error) {
	var p map[string]any
	if err := json.Unmarshal(patch, &p); err != nil {
		return nil, err
	}
	text, err := json.Marshal(merge(document(was), p))
	if err != nil {
		return nil, err
	}
	next := reflect.New(reflect.TypeOf(was).Elem()).Interface().(client.Object)
	return next, json.Unmarshal(text, next)
}

func merge(to, patch map[string]any) map[string]any {
	if to == nil {
		to = map[string]any{}
	}
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(to, k)
		case map[string]any:
			inner, _ := to[k].(map[string]any)
			to[k] = merge(inner, v)
		default:
			to[k] = v
		}
	}
	return to
}
