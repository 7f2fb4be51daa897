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

// gatherTime is how long a Service waits for more news of pods that are not ready.
// A pod that the webhook missed has to have its labels before requests meet it, and
// takes longer than this to start. Becoming ready is followed at once in any case.
const gatherTime = 100 * time.Millisecond

type serviceQueue = workqueue.TypedRateLimitingInterface[lane.GroupService]

// pods follow a pod at once while it is ready: requests meet it. What happens to
// others, mostly that they start in great numbers with labels that the webhook has
// set right, is gathered.
func (w serviceWatches) pods() handler.TypedEventHandler[client.Object, lane.GroupService] {
	at := w.handler(w.ofPod)
	return handler.TypedFuncs[client.Object, lane.GroupService]{
		CreateFunc: func(ctx context.Context, e event.CreateEvent, q serviceQueue) {
			at.Create(ctx, e, inTime(q, e.IsInInitialList, e.Object))
		},
		UpdateFunc: func(ctx context.Context, e event.UpdateEvent, q serviceQueue) {
			q = inTime(q, false, e.ObjectOld, e.ObjectNew)
			if maps.Equal(e.ObjectOld.GetLabels(), e.ObjectNew.GetLabels()) {
				at.Generic(ctx, event.GenericEvent{Object: e.ObjectNew}, q) // the same Services select it
				return
			}
			at.Update(ctx, e, q)
		},
		DeleteFunc: func(ctx context.Context, e event.DeleteEvent, q serviceQueue) {
			at.Delete(ctx, e, inTime(q, false, e.Object))
		},
	}
}

// inTime is the queue, or one that gathers when no request meets any of the pods.
func inTime(q serviceQueue, atOnce bool, pods ...client.Object) serviceQueue {
	for _, o := range pods {
		pod, ok := o.(*corev1.Pod)
		atOnce = atOnce || !ok || facts.PodReady(pod)
	}
	if atOnce {
		return q
	}
	return gathering{q}
}

// gathering adds a Service a while later. What is added at once meanwhile, or was
// to be added earlier, is not kept waiting.
type gathering struct{ serviceQueue }

func (q gathering) Add(r lane.GroupService) { q.AddAfter(r, gatherTime) }
