package rolloutwatch

import (
	"strings"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Reasons of events about a change. Events about a problem have the reason of the
// condition.
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
	// service is the one that it is about, if it is about one of several. Events that
	// differ in the note alone are counted as one, and the first note stays.
	service types.NamespacedName
	warning bool
	reason  string
	action  string
	note    string
}

func joinedLane(service types.NamespacedName, m lane.Member) objectEvent {
	return objectEvent{lane: m.Lane, rollout: m.Rollout, service: service, reason: eventJoinedLane, action: "Join",
		note: "Service " + service.String() + " joined lane " + m.Lane + ": " + m.Why.Message}
}

func leftLane(service types.NamespacedName, laneName string) objectEvent {
	return objectEvent{lane: laneName, service: service, reason: eventLeftLane, action: "Leave",
		note: "Service " + service.String() + " left lane " + laneName}
}

func promoted(service types.NamespacedName, r lane.Release) objectEvent {
	return objectEvent{lane: r.Lane, rollout: r.Rollout, service: service, reason: eventPromoted, action: "Promote",
		note: "Rollout " + r.Rollout + " promoted " + r.Workload + ": its version is the baseline of Service " + service.String()}
}

func rolledBack(service types.NamespacedName, r lane.Release) objectEvent {
	return objectEvent{lane: r.Lane, rollout: r.Rollout, service: service, reason: eventRolledBack, action: "RollBack",
		note: "Rollout " + r.Rollout + " was undone: the baseline of Service " + service.String() + " stayed"}
}

// serviceProblem is about a Service whose traffic stays as it is until a person acts.
func serviceProblem(key lane.GroupService, p lane.Problem) objectEvent {
	service := "Service " + key.Service.String()
	note := p.Message
	if !strings.HasPrefix(note, service) {
		note = service + ": " + note
	}
	return objectEvent{group: key.Group, service: key.Service, warning: true, reason: p.Reason, action: "Program", note: note}
}

func releaseProblem(r lane.Release) objectEvent {
	return objectEvent{rollout: r.Rollout, warning: true, reason: r.Problem.Reason, action: "Follow", note: r.Problem.Message}
}

func workloadNotFound(r *kruisev1beta1.Rollout) objectEvent {
	ref := r.Spec.WorkloadRef
	return objectEvent{rollout: client.ObjectKeyFromObject(r).String(), warning: true, reason: apiv1.ReasonWorkloadNotFound, action: "Follow",
		note: ref.Kind + " " + lane.Brief(ref.Name) + " does not exist in namespace " + r.Namespace + ": correct spec.workloadRef, or apply the Rollout where its workload is"}
}
