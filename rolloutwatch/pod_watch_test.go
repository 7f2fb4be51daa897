package rolloutwatch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

// added notes when the Services are to be reconciled.
type added struct {
	serviceQueue
	after []time.Duration
}

func (q *added) Add(r lane.GroupService)                           { q.AddAfter(r, 0) }
func (q *added) AddAfter(_ lane.GroupService, after time.Duration) { q.after = append(q.after, after) }

func TestPodsThatServeAreFollowedAtOnce(t *testing.T) {
	c := fixture.NewChain()
	ready := c.Pod
	starting := ready.DeepCopy()
	starting.Status.Conditions = nil
	relabelled := starting.DeepCopy()
	relabelled.Labels["version"] = "v7"
	stranger := starting.DeepCopy()
	stranger.Labels = map[string]string{"app": "else"}

	type pods = handler.TypedEventHandler[client.Object, lane.GroupService]
	created := func(pod *corev1.Pod, initial bool) func(pods, serviceQueue) {
		return func(h pods, q serviceQueue) {
			h.Create(t.Context(), event.CreateEvent{Object: pod, IsInInitialList: initial}, q)
		}
	}
	updated := func(before, after *corev1.Pod) func(pods, serviceQueue) {
		return func(h pods, q serviceQueue) {
			h.Update(t.Context(), event.UpdateEvent{ObjectOld: before, ObjectNew: after}, q)
		}
	}
	deleted := func(pod *corev1.Pod) func(pods, serviceQueue) {
		return func(h pods, q serviceQueue) { h.Delete(t.Context(), event.DeleteEvent{Object: pod}, q) }
	}
	atOnce, debounced := []time.Duration{0}, []time.Duration{debounceTime}
	for name, tc := range map[string]struct {
		event func(pods, serviceQueue)
		want  []time.Duration
	}{
		"a ready pod appears":                    {created(ready, false), atOnce},
		"a new pod":                              {created(starting, false), debounced},
		"a pod that was there at the start":      {created(starting, true), atOnce},
		"it becomes ready":                       {updated(starting, ready), atOnce},
		"it is ready no more":                    {updated(ready, starting), atOnce},
		"it gets another label":                  {updated(starting, relabelled), debounced},
		"a starting pod joins the Service":       {updated(stranger, starting), debounced},
		"a starting pod leaves the Service":      {updated(starting, stranger), debounced},
		"a pod that is no business of a Service": {updated(stranger, stranger), nil},
		"a ready pod is gone":                    {deleted(ready), atOnce},
		"a pod that never was ready is gone":     {deleted(starting), debounced},
	} {
		t.Run(name, func(t *testing.T) {
			w, q := serviceWatches{cluster: newCluster(t, c.Objects()...), provider: cards{}}, &added{}
			tc.event(w.pods(), q)
			assert.Equal(t, tc.want, q.after)
		})
	}
}
