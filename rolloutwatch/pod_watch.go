package rolloutwatch

import (
	"context"
	"maps"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"

	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
)

// debounceTime is how long a Service waits for more events of pods that are not ready.
// A pod that the webhook missed needs its labels before it gets requests, and takes
// longer than this to start. A pod that becomes ready is not debounced.
const debounceTime = 100 * time.Millisecond

type serviceQueue = workqueue.TypedRateLimitingInterface[lane.GroupService]

// pods handles events of pods: at once those of a ready pod, which gets requests, and
// debounced those of others. Most of the latter are of pods that start in great numbers,
// with labels that the webhook has set.
func (w serviceWatches) pods() handler.TypedEventHandler[client.Object, lane.GroupService] {
	at := w.handler(w.ofPod)
	return handler.TypedFuncs[client.Object, lane.GroupService]{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q serviceQueue) {
			at.Create(ctx, e, debouncedUnless(q, e.IsInInitialList, e.Object))
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q serviceQueue) {
			q = debouncedUnless(q, false, e.ObjectOld, e.ObjectNew)
			if maps.Equal(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels()) {
				at.Generic(ctx, event.GenericEvent{Object: e.ObjectNew}, q) // the same Services select it
				return
			}
			at.Update(ctx, e, q)
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q serviceQueue) {
			at.Delete(ctx, e, debouncedUnless(q, false, e.Object))
		},
	}
}

// debouncedUnless returns the queue itself if atOnce or if one of the pods is ready, and
// else one that debounces.
func debouncedUnless(q serviceQueue, atOnce bool, pods ...client.Object) serviceQueue {
	for _, o := range pods {
		pod, ok := o.(*corev1.Pod)
		atOnce = atOnce || !ok || facts.PodReady(pod)
	}
	if atOnce {
		return q
	}
	return debounced{q}
}

// debounced is a queue that adds a Service after debounceTime. A Service that is added at
// once meanwhile, or was to be added earlier, does not wait for it.
type debounced struct{ serviceQueue }

// Add implements workqueue.TypedInterface.
func (q debounced) Add(r lane.GroupService) { q.AddAfter(r, debounceTime) }
