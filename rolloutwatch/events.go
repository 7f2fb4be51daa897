package rolloutwatch

import (
	"context"
	"slices"
	"strings"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
	"lanekeeper.io/trafficprovider"
)

// Reasons of events that tell of a change. Those that tell of a problem have
// the condition's reason.
const (
	eventJoinedLane = "JoinedLane"
	eventLeftLane   = "LeftLane"
	eventPromoted   = "Promoted"
	eventRolledBack = "RolledBack"
)

// objectEvent is what happened, and the objects that it happened to.
type objectEvent struct {
	lane, group string
	rollout     string
	warning     bool
	reason      string
	action      string
	note        string
}

func joinedLane(service types.NamespacedName, m lane.Member) objectEvent {
	return objectEvent{lane: m.Lane, rollout: m.Rollout, reason: eventJoinedLane, action: "Join",
		note: "Service " + service.String() + " joined lane " + m.Lane + ": " + m.Why.Message}
}

func leftLane(service types.NamespacedName, laneName string) objectEvent {
	return objectEvent{lane: laneName, reason: eventLeftLane, action: "Leave",
		note: "Service " + service.String() + " left lane " + laneName}
}

func promoted(service types.NamespacedName, r lane.Release) objectEvent {
	return objectEvent{lane: r.Lane, rollout: r.Rollout, reason: eventPromoted, action: "Promote",
		note: "Rollout " + r.Rollout + " promoted " + r.Workload + ": its version is the baseline of Service " + service.String()}
}

func rolledBack(service types.NamespacedName, r lane.Release) objectEvent {
	return objectEvent{lane: r.Lane, rollout: r.Rollout, reason: eventRolledBack, action: "RollBack",
		note: "Rollout " + r.Rollout + " was undone: the baseline of Service " + service.String() + " stayed"}
}

// serviceProblem tells that a Service's traffic stays as it is until somebody
// does something.
func serviceProblem(key lane.GroupService, p lane.Problem) objectEvent {
	return objectEvent{group: key.Group, warning: true, reason: p.Reason, action: "Program",
		note: "Service " + key.Service.String() + ": " + p.Message}
}

func releaseProblem(r lane.Release) objectEvent {
	return objectEvent{rollout: r.Rollout, warning: true, reason: r.Problem.Reason, action: "Follow", note: r.Problem.Message}
}

func workloadNotFound(r *kruisev1beta1.Rollout) objectEvent {
	ref := r.Spec.WorkloadRef
	return objectEvent{rollout: client.ObjectKeyFromObject(r).String(), warning: true, reason: apiv1.ReasonWorkloadNotFound, action: "Follow",
		note: ref.Kind + " " + ref.Name + " does not exist in namespace " + r.Namespace + ": correct spec.workloadRef, or apply the Rollout where its workload is"}
}

// serviceChanges are the events between two looks at a Service.
func serviceChanges(key lane.GroupService, before, after status.Service) []objectEvent {
	var out []objectEvent
	for _, m := range after.Gray {
		if slices.Contains(after.Routed, m.Lane) && !before.Serves(m.Lane) {
			out = append(out, joinedLane(key.Service, m))
		}
	}
	for _, m := range before.Gray {
		if _, stays := after.Member(m.Lane); !stays && before.Serves(m.Lane) {
			out = append(out, leftLane(key.Service, m.Lane))
		}
	}
	for _, r := range after.Releases {
		out = append(out, releaseChanges(key.Service, before.Release(r.Rollout), r)...)
	}
	for _, r := range before.Releases {
		// Kruise promotes what a Rollout was releasing that is deleted.
		if r.Stage == lane.StagePromoting && after.Release(r.Rollout).Rollout == "" {
			out = append(out, promoted(key.Service, r))
		}
	}
	last, now := before.Blocking(), after.Blocking()
	if now != nil && (last == nil || *last != *now) {
		out = append(out, serviceProblem(key, *now))
	}
	return out
}

func releaseChanges(service types.NamespacedName, before, after lane.Release) []objectEvent {
	var out []objectEvent
	underWay := before.Stage.Releasing() || before.Stage == lane.StagePromoting || before.Stage == lane.StageRollingBack
	switch {
	case underWay && after.Stage == lane.StagePromoted:
		out = append(out, promoted(service, after))
	case underWay && after.Stage == lane.StageRolledBack:
		out = append(out, rolledBack(service, after))
	}
	p := after.Problem
	if p == nil || before.Problem != nil && *before.Problem == *p && before.Stage.Releasing() == after.Stage.Releasing() {
		return out
	}
	// Lanes may still be on their way while nothing is being released.
	if p.Reason != apiv1.ReasonLaneUnknown || after.Stage.Releasing() {
		out = append(out, releaseProblem(after))
	}
	return out
}

// beforeFirst stands for the look before the first one. What the mesh already
// routes was told of by whoever wrote it.
func beforeFirst(now status.Service, live trafficprovider.Live) status.Service {
	if live.TakenOver() {
		return now
	}
	return status.Service{}
}

// eventPublisher sends events about objects that it reads from the cache.
type eventPublisher struct {
	recorder events.EventRecorder
	cluster  *facts.Cluster
}

func (p *eventPublisher) service(ctx context.Context, key lane.GroupService, before, after status.Service) {
	for _, n := range serviceChanges(key, before, after) {
		log.FromContext(ctx).Info(n.note, "reason", n.reason)
		p.send(ctx, n)
	}
}

// send records the event on every object that it names and that exists.
func (p *eventPublisher) send(ctx context.Context, n objectEvent) {
	kind := corev1.EventTypeNormal
	if n.warning {
		kind = corev1.EventTypeWarning
	}
	for _, object := range p.objects(ctx, n) {
		p.recorder.Eventf(object, nil, kind, n.reason, n.action, "%s", n.note)
	}
}

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
