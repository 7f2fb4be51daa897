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

// announcement is an event that happened, on the objects that it happened to.
type announcement struct {
	lane, group string
	rollout     string
	warning     bool
	reason      string
	action      string
	note        string
}

func joinedLane(service types.NamespacedName, m lane.Member) announcement {
	return announcement{lane: m.Lane, rollout: m.Rollout, reason: eventJoinedLane, action: "Join",
		note: "Service " + service.String() + " joined lane " + m.Lane}
}

func leftLane(service types.NamespacedName, laneName string) announcement {
	return announcement{lane: laneName, reason: eventLeftLane, action: "Leave",
		note: "Service " + service.String() + " left lane " + laneName}
}

func promoted(service types.NamespacedName, r lane.Release) announcement {
	return announcement{lane: r.Lane, rollout: r.Rollout, reason: eventPromoted, action: "Promote",
		note: "Rollout " + r.Rollout + " promoted " + r.Workload + ": its version is the baseline of Service " + service.String()}
}

func rolledBack(service types.NamespacedName, r lane.Release) announcement {
	return announcement{lane: r.Lane, rollout: r.Rollout, reason: eventRolledBack, action: "RollBack",
		note: "Rollout " + r.Rollout + " was undone: the baseline of Service " + service.String() + " stayed"}
}

// serviceProblem tells that a Service's traffic stays as it is until somebody
// does something.
func serviceProblem(req serviceRequest, p lane.Problem) announcement {
	return announcement{group: req.Group, warning: true, reason: p.Reason, action: "Program",
		note: "Service " + req.Service.String() + ": " + p.Message}
}

func releaseProblem(r lane.Release) announcement {
	return announcement{rollout: r.Rollout, warning: true, reason: r.Problem.Reason, action: "Follow", note: r.Problem.Message}
}

func workloadNotFound(r *kruisev1beta1.Rollout) announcement {
	ref := r.Spec.WorkloadRef
	return announcement{rollout: client.ObjectKeyFromObject(r).String(), warning: true, reason: apiv1.ReasonWorkloadNotFound, action: "Follow",
		note: ref.Kind + " " + ref.Name + " does not exist in namespace " + r.Namespace + ": correct spec.workloadRef, or apply the Rollout where its workload is"}
}

// serviceChanges are the events between two looks at a Service.
func serviceChanges(req serviceRequest, before, after row) []announcement {
	var out []announcement
	for _, m := range after.gray {
		if slices.Contains(after.routed, m.Lane) && !before.serves(m.Lane) {
			out = append(out, joinedLane(req.Service, m))
		}
	}
	for _, m := range before.gray {
		if _, stays := after.member(m.Lane); !stays && before.serves(m.Lane) {
			out = append(out, leftLane(req.Service, m.Lane))
		}
	}
	for _, r := range after.releases {
		out = append(out, releaseChanges(req.Service, before.release(r.Rollout), r)...)
	}
	for _, r := range before.releases {
		// Kruise promotes what a Rollout was releasing that is deleted.
		if r.Stage == lane.StagePromoting && after.release(r.Rollout).Rollout == "" {
			out = append(out, promoted(req.Service, r))
		}
	}
	last, now := before.standstill(), after.standstill()
	if now != nil && (last == nil || *last != *now) {
		out = append(out, serviceProblem(req, *now))
	}
	return out
}

func releaseChanges(service types.NamespacedName, before, after lane.Release) []announcement {
	var out []announcement
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

// standstill is what keeps a Service as it is until somebody does something; nil
// without it. What passes, what is about pods, and notes of what has no effect
// stand in the status and are no event.
func (r row) standstill() *lane.Problem {
	switch {
	case r.state == lane.StateFrozen:
		return r.reason()
	case r.problem != nil && (r.problem.Reason == apiv1.ReasonConflict || r.problem.Reason == apiv1.ReasonPatchRefused):
		return r.problem
	}
	return nil
}

// serves: requests of the lane meet the Service in it.
func (r row) serves(laneName string) bool {
	_, in := r.member(laneName)
	return in && slices.Contains(r.routed, laneName)
}

func (r row) release(rollout string) lane.Release {
	for _, release := range r.releases {
		if release.Rollout == rollout {
			return release
		}
	}
	return lane.Release{}
}

// firstRow stands for the look before the first one. What the mesh already
// routes was announced by whoever wrote it.
func firstRow(now row, live trafficprovider.Live) row {
	if live.TakenOver() {
		return now
	}
	return row{}
}

// announcer sends events about objects that it reads from the cache.
type announcer struct {
	recorder events.EventRecorder
	facts    *Facts
}

func (a *announcer) service(ctx context.Context, req serviceRequest, before, after row) {
	for _, n := range serviceChanges(req, before, after) {
		log.FromContext(ctx).Info(n.note, "reason", n.reason)
		a.send(ctx, n)
	}
}

// send records the event on every object that it names and that exists.
func (a *announcer) send(ctx context.Context, n announcement) {
	kind := corev1.EventTypeNormal
	if n.warning {
		kind = corev1.EventTypeWarning
	}
	for _, object := range a.objects(ctx, n) {
		a.recorder.Eventf(object, nil, kind, n.reason, n.action, "%s", n.note)
	}
}

func (a *announcer) objects(ctx context.Context, n announcement) []client.Object {
	var out []client.Object
	add := func(key types.NamespacedName, o client.Object) {
		if ok, err := found(ctx, a.facts.Client, key, "", o); err == nil && ok {
			out = append(out, o)
		}
	}
	if n.lane != "" {
		add(types.NamespacedName{Name: n.lane}, &apiv1.ASMSwimLane{})
	}
	if n.group != "" {
		add(types.NamespacedName{Name: n.group}, &apiv1.ASMSwimLaneGroup{})
	}
	if namespace, name, ok := strings.Cut(n.rollout, "/"); ok && a.facts.rollouts.Load() {
		add(types.NamespacedName{Namespace: namespace, Name: name}, &kruisev1beta1.Rollout{})
	}
	return out
}
