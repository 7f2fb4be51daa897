package rolloutwatch

import (
	"context"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
)

// eventPublisher sends events about objects that it reads from the cache.
type eventPublisher struct {
	recorder events.EventRecorder
	cluster  *facts.Cluster
}

// service logs and sends the events of a Service that changed.
func (p *eventPublisher) service(ctx context.Context, key lane.GroupService, before, after status.Service) {
	for _, n := range serviceChanges(key, before, after) {
		log.FromContext(ctx).Info(n.note, "reason", n.reason)
		p.send(ctx, n)
	}
}

// send records the event on every object that it names and that exists in the cache.
func (p *eventPublisher) send(ctx context.Context, n objectEvent) {
	kind := corev1.EventTypeNormal
	if n.warning {
		kind = corev1.EventTypeWarning
	}
	for _, object := range p.objects(ctx, n) {
		p.recorder.Eventf(object, n.related(), kind, n.reason, n.action, "%s", lane.Cut(n.note, noteLimit))
	}
}

// related refers to the Service that an event is about, which may be gone; nil without one.
func (n objectEvent) related() runtime.Object {
	if n.service.Name == "" {
		return nil
	}
	return &corev1.ObjectReference{APIVersion: "v1", Kind: "Service", Namespace: n.service.Namespace, Name: n.service.Name}
}

// noteLimit is what the API server takes of an event's note; a longer one is refused, and
// lost.
const noteLimit = 1024

func (p *eventPublisher) objects(ctx context.Context, n objectEvent) []client.Object {
	var out []client.Object
	add := func(key types.NamespacedName, o client.Object) {
		if ok, err := p.cluster.Get(ctx, key, o); err == nil && ok {
			out = append(out, o)
		}
	}
	if n.lane != "" {
		add(types.NamespacedName{Name: n.lane}, &apiv1.ASMSwimLane{})
	}
	if n.group != "" {
		add(types.NamespacedName{Name: n.group}, &apiv1.ASMSwimLaneGroup{})
	}
	if namespace, name, ok := strings.Cut(n.rollout, "/"); ok {
		if r, ok, err := p.cluster.Rollout(ctx, types.NamespacedName{Namespace: namespace, Name: name}); err == nil && ok {
			out = append(out, r)
		}
	}
	return out
}
