package rolloutwatch

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// status rolls up a lane's status.
func (v laneView) status() apiv1.ASMSwimLaneStatus {
	s := apiv1.ASMSwimLaneStatus{
		Conditions:         slices.Clone(v.lane.Status.Conditions),
		ObservedGeneration: v.lane.Generation,
		Tag:                v.lane.Name,
	}
	if v.entry != nil {
		s.Group = v.entry.Name
		s.Services = v.services()
		s.ServicesSummary = summary(s.Services)
	}
	accepted := v.accepted()
	set(&s.Conditions, v.lane.Generation, accepted)
	set(&s.Conditions, v.lane.Generation, v.ready(accepted, s.Services))
	return s
}

func (v laneView) services() []apiv1.LaneServiceStatus {
	var out []apiv1.LaneServiceStatus
	for _, service := range v.entry.Services {
		if m, ok := v.member(service); ok {
			out = append(out, v.rows[service].laneStatus(serviceRequest{v.entry.Name, service}, m))
		}
	}
	return out
}

// accepted also says that the lane is listed: its pods may carry its marker
// once every other lane's priorities name it (lane.NewGroup reads this). That
// latches. A lane that was accepted stays so while its group is unusable, or
// its pods would lose their marker under running requests.
func (v laneView) accepted() metav1.Condition {
	group := v.lane.Labels[apiv1.LabelSwimLaneGroup]
	switch {
	case group == "":
		return no(apiv1.ConditionAccepted, lane.Problem{Reason: apiv1.ReasonGroupNotFound,
			Message: "the lane belongs to no group: set its label " + apiv1.LabelSwimLaneGroup})
	case v.entry == nil:
		return no(apiv1.ConditionAccepted, lane.Problem{Reason: apiv1.ReasonGroupNotFound,
			Message: "group " + group + ", which the label " + apiv1.LabelSwimLaneGroup + " names, does not exist: apply it or correct the label"})
	case v.rejected():
		r := v.entry.Rejected[v.lane.Name]
		return no(apiv1.ConditionAccepted, lane.Problem{Reason: r.Reason,
			Message: r.Message + "; lane " + r.First + " was there first, so this one is left out"})
	case lane.Accepted(v.lane):
		return yes(apiv1.ConditionAccepted, apiv1.ReasonAccepted, "the lane is valid")
	case v.entry.problem != nil:
		return no(apiv1.ConditionAccepted, v.groupProblem())
	}
	if waiting := v.unlisted(); len(waiting) > 0 {
		return no(apiv1.ConditionAccepted, lane.Problem{Reason: apiv1.ReasonSettling, Message: fmt.Sprintf(
			"waits until other lanes keep its pods out, in services %s", strings.Join(waiting, ", "))})
	}
	return yes(apiv1.ConditionAccepted, apiv1.ReasonAccepted, "the lane is valid")
}

// rejected: another lane of the group has its pods.
func (v laneView) rejected() bool {
	_, ok := v.entry.Rejected[v.lane.Name]
	return ok
}

func (v laneView) groupProblem() lane.Problem {
	return lane.Problem{Reason: apiv1.ReasonGroupNotAccepted,
		Message: "group " + v.entry.Name + " is not accepted: " + v.entry.problem.Message}
}

func (v laneView) ready(accepted metav1.Condition, services []apiv1.LaneServiceStatus) metav1.Condition {
	if accepted.Status != metav1.ConditionTrue {
		return no(apiv1.ConditionReady, lane.Problem{Reason: accepted.Reason, Message: accepted.Message})
	}
	if v.entry.problem != nil {
		return no(apiv1.ConditionReady, v.groupProblem())
	}
	problems := v.strangers()
	for _, s := range services {
		if s.Reason != "" {
			problems = append(problems, lane.Problem{Reason: s.Reason, Message: s.Namespace + "/" + s.Name + ": " + s.Message})
		}
	}
	if p := worst(problems); p != nil {
		return no(apiv1.ConditionReady, *p)
	}
	if len(services) == 0 {
		return yes(apiv1.ConditionReady, apiv1.ReasonProgrammed, "no service is in the lane now; its requests meet the baseline")
	}
	return yes(apiv1.ConditionReady, apiv1.ReasonProgrammed, fmt.Sprintf("%d services serve the lane", len(services)))
}

// strangers are Services that the lane names and its group does not.
func (v laneView) strangers() []lane.Problem {
	var out []lane.Problem
	for _, s := range v.lane.Spec.Services {
		if !v.entry.Has(types.NamespacedName{Namespace: s.Namespace, Name: s.Name}) {
			out = append(out, lane.Problem{Reason: apiv1.ReasonServiceNotInGroup, Message: fmt.Sprintf(
				"%s/%s is not in spec.services of group %s: add it there or take it out here", s.Namespace, s.Name, v.entry.Name)})
		}
	}
	slices.SortFunc(out, func(a, b lane.Problem) int { return strings.Compare(a.Message, b.Message) })
	return out
}

// leavingStatus says what a lane that is being deleted waits for. Accepted
// stays: whether its pods carry its marker is decided by the deletion.
func (v laneView) leavingStatus(held []string) apiv1.ASMSwimLaneStatus {
	s := *v.lane.Status.DeepCopy()
	s.ObservedGeneration = v.lane.Generation
	s.Services = v.services()
	s.ServicesSummary = summary(s.Services)
	set(&s.Conditions, v.lane.Generation, no(apiv1.ConditionReady, lane.Problem{Reason: apiv1.ReasonDeleting,
		Message: "waits until routes, then subsets, then pod labels no longer name the lane, in " + strings.Join(held, ", ")}))
	return s
}

func summary(services []apiv1.LaneServiceStatus) string {
	parts := make([]string, len(services))
	for i, s := range services {
		parts[i] = fmt.Sprintf("%s.%s(%d/%d)", s.Name, s.Namespace, s.Ready, s.Pods)
	}
	return strings.Join(parts, ",")
}
