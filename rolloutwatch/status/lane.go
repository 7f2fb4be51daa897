package status

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Lane is a lane and what its status is made of.
type Lane struct {
	Object *apiv1.ASMSwimLane
	// InGroup is set when its group exists. Members are that group.
	InGroup bool
	Members
}

// Status rolls up a lane's status.
func (v Lane) Status() apiv1.ASMSwimLaneStatus {
	s := apiv1.ASMSwimLaneStatus{
		Conditions:         slices.Clone(v.Object.Status.Conditions),
		ObservedGeneration: v.Object.Generation,
		Tag:                v.Object.Name,
	}
	if v.InGroup {
		s.Group = v.Name
		s.Services = v.members()
		s.ServicesSummary = summary(s.Services)
	}
	accepted := v.accepted()
	set(&s.Conditions, v.Object.Generation, accepted)
	set(&s.Conditions, v.Object.Generation, v.ready(accepted, s.Services))
	fitLane(v.Object, &s)
	return s
}

func (v Lane) members() []apiv1.LaneServiceStatus {
	var out []apiv1.LaneServiceStatus
	for _, service := range v.Group.Services {
		if m, ok := v.Services[service].Member(v.Object.Name); ok {
			out = append(out, v.Services[service].inLane(lane.GroupService{Group: v.Name, Service: service}, m))
		}
	}
	return out
}

// accepted is condition Accepted: the lane is valid, and the priorities of every other
// lane keep its pods out. It latches. A lane that was accepted stays so while its group is
// unusable, because of two lanes that could select the same pod it is the first
// (lane.Accepted).
func (v Lane) accepted() metav1.Condition {
	group := v.Object.Labels[apiv1.LabelSwimLaneGroup]
	switch {
	case group == "":
		return no(apiv1.ConditionAccepted, lane.Problem{Reason: apiv1.ReasonGroupNotFound,
			Message: "the lane belongs to no group: set its label " + apiv1.LabelSwimLaneGroup})
	case !v.InGroup:
		return no(apiv1.ConditionAccepted, lane.Problem{Reason: apiv1.ReasonGroupNotFound,
			Message: "group " + group + ", which the label " + apiv1.LabelSwimLaneGroup + " names, does not exist: apply it or correct the label"})
	case v.rejected():
		r := v.Rejected[v.Object.Name]
		return no(apiv1.ConditionAccepted, lane.Problem{Reason: r.Reason,
			Message: r.Message + "; lane " + r.First + " was there first, so this one is left out"})
	case lane.Accepted(v.Object):
		return yes(apiv1.ConditionAccepted, apiv1.ReasonAccepted, "the lane is valid")
	case v.Problem != nil:
		return no(apiv1.ConditionAccepted, v.groupProblem())
	}
	if waiting := v.unisolated(); len(waiting) > 0 {
		return no(apiv1.ConditionAccepted, lane.Problem{Reason: apiv1.ReasonSettling, Message: fmt.Sprintf(
			"waits until other lanes keep its pods out, in services %s", strings.Join(waiting, ", "))})
	}
	return yes(apiv1.ConditionAccepted, apiv1.ReasonAccepted, "the lane is valid")
}

// rejected reports whether another lane of the group has the lane's pods.
func (v Lane) rejected() bool {
	_, ok := v.Rejected[v.Object.Name]
	return ok
}

func (v Lane) groupProblem() lane.Problem {
	return lane.Problem{Reason: apiv1.ReasonGroupNotAccepted,
		Message: "group " + v.Name + " is not accepted: " + v.unusable().Message}
}

func (v Lane) ready(accepted metav1.Condition, services []apiv1.LaneServiceStatus) metav1.Condition {
	if accepted.Status != metav1.ConditionTrue {
		return no(apiv1.ConditionReady, lane.Problem{Reason: accepted.Reason, Message: accepted.Message})
	}
	if v.unusable() != nil {
		return no(apiv1.ConditionReady, v.groupProblem())
	}
	problems := v.NotInGroup(v.Object.Name)
	for _, s := range services {
		if s.Reason != "" {
			problems = append(problems, lane.Problem{Reason: s.Reason, Message: s.Namespace + "/" + s.Name + ": " + s.Message})
		}
	}
	for _, service := range v.Group.Services {
		if s := v.Services[service]; s.Awaited == v.Object.Name {
			problems = append(problems, lane.Problem{Reason: s.Problem.Reason, Message: service.String() + ": " + s.Problem.Message})
		}
	}
	for _, o := range v.LeftOut {
		if o.Lane == v.Object.Name {
			problems = append(problems, lane.Problem{Reason: o.Reason, Message: o.String()})
		}
	}
	problems = append(problems, v.refusedEntry()...)
	if p := mostSevere(problems); p != nil {
		return no(apiv1.ConditionReady, *p)
	}
	return yes(apiv1.ConditionReady, apiv1.ReasonProgrammed, v.served(len(services)))
}

// served tells of a lane that is in order who serves it, and who does not.
func (v Lane) served(services int) string {
	says := "the lane is served by " + lane.Count(services, "service")
	lacking := v.lacking()
	switch {
	case len(lacking) > 0:
		return fmt.Sprintf("%s; its callers are answered 503 by those that it lacks: %s", says, lane.FirstOf(lacking, maxNamed))
	case services > 0:
		return says
	}
	says = "no service is in the lane now; its requests meet the baseline"
	if out := v.notTakenOver(); len(out) > 0 {
		return fmt.Sprintf("%s; not routed by lanes at all, and why its row in the group's status says: %s", says, lane.FirstOf(out, maxNamed))
	}
	return says
}

// notTakenOver are the Services of the group that no lane can have pods of, each with the reason.
func (v Lane) notTakenOver() []string {
	var out []string
	for _, service := range v.Group.Services {
		if s := v.Services[service]; !s.takenOver() && s.Problem != nil {
			out = append(out, fmt.Sprintf("%s (%s)", service, s.Problem.Reason))
		}
	}
	return out
}

// maxNamed is how many services a lane's message names.
const maxNamed = 10

// lacking are the services of a strict group that the lane is not in.
func (v Lane) lacking() []string {
	var out []string
	for _, service := range v.Group.Services {
		if v.Services[service].lacks(v.Object.Name) {
			out = append(out, service.String())
		}
	}
	return out
}

// refusedEntry are the problems of a lane whose requests enter at a Service that answers none of them,
// so that there is no lane beyond it: one that the Gateway does not know, or that a strict group's lane
// lacks.
func (v Lane) refusedEntry() []lane.Problem {
	l, _ := v.Lane(v.Object.Name)
	if v.Ingress == nil || l.Share != nil && l.Weight == 0 {
		return nil // nothing is sent to it from a gateway
	}
	var out []lane.Problem
	for _, rule := range l.Entering() {
		s := v.Services[rule.Service]
		if s.Hidden != nil {
			out = append(out, lane.Problem{Reason: s.Hidden.Reason, Message: fmt.Sprintf("%s sends its requests to %s: %s", lane.RuleTitle(l.Name, rule.Name), rule.Service, s.Hidden.Message)})
		}
		if s.State == lane.StateManaged && s.lacks(l.Name) {
			out = append(out, lane.Problem{Reason: apiv1.ReasonNoReadyPods, Message: fmt.Sprintf(
				"%s sends its requests to %s, which is not in the lane, and they are answered 503: start a pod of the lane there (without autoUpdate name the Service in spec.services of the lane, too), or let them enter at a Service of the lane",
				lane.RuleTitle(l.Name, rule.Name), rule.Service)})
		}
	}
	return out
}

// DeletingStatus returns the status of a lane that is being deleted: held is what it waits
// for. Condition Accepted stays as it is.
func (v Lane) DeletingStatus(held []string) apiv1.ASMSwimLaneStatus {
	s := *v.Object.Status.DeepCopy()
	s.ObservedGeneration = v.Object.Generation
	s.Services = v.members()
	s.ServicesSummary = summary(s.Services)
	set(&s.Conditions, v.Object.Generation, no(apiv1.ConditionReady, lane.Problem{Reason: apiv1.ReasonDeleting,
		Message: "waits until routes, then subsets, then pod labels no longer name the lane, in " + strings.Join(held, ", ")}))
	fitLane(v.Object, &s)
	return s
}

// inSummary is how many services the one line of a lane names.
const inSummary = 100

func summary(services []apiv1.LaneServiceStatus) string {
	var parts []string
	for _, s := range services[:min(len(services), inSummary)] {
		parts = append(parts, fmt.Sprintf("%s.%s(%d/%d)", s.Name, s.Namespace, s.Ready, s.Pods))
	}
	out := strings.Join(parts, ",")
	if more := len(services) - inSummary; more > 0 {
		out += fmt.Sprintf(" and %d more", more)
	}
	return out
}

// HeldBy returns what a lane that is being deleted waits for, sorted. inIngress is set
// when the group's ingress names it. A baseline waits for nothing: without it its
// Services are frozen, until the lane is applied again. A rejected lane is named by
// nothing.
func (v Lane) HeldBy(inIngress bool) []string {
	if !v.InGroup || v.IsBaseline(v.Object.Name) || v.rejected() {
		return nil
	}
	var out []string
	if inIngress {
		out = append(out, "the entry of group "+v.Name)
	}
	for _, service := range v.Known() {
		s, known := v.Services[service]
		if !known || !slices.Contains(s.Unnamed, v.Object.Name) {
			out = append(out, service.String()+because(s.Blocking()))
		}
	}
	return out
}

func because(p *lane.Problem) string {
	if p == nil {
		return ""
	}
	return " (" + p.Reason + ": " + p.Message + ")"
}

// unisolated are the Services whose priorities do not keep the lane's pods out of other
// lanes yet, each with the reason if that does not pass by itself.
func (v Lane) unisolated() []string {
	var out []string
	for _, service := range v.Group.Services {
		if s := v.Services[service]; !slices.Contains(s.Isolated, v.Object.Name) {
			out = append(out, service.String()+because(s.Blocking()))
		}
	}
	return out
}
