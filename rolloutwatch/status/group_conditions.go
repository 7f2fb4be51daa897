package status

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

func groupAccepted(group *apiv1.ASMSwimLaneGroup, m Members) metav1.Condition {
	if p := m.unusable(); p != nil {
		return no(apiv1.ConditionAccepted, *p)
	}
	missing := append(lane.IgnoredAnnotations(group), rejectedLanes(m)...)
	if says := lane.NotRestored(group); says != "" {
		missing = append([]string{says}, missing...)
	}
	if len(missing) > 0 {
		return yes(apiv1.ConditionAccepted, apiv1.ReasonPartiallySupported, strings.Join(missing, "; "))
	}
	return yes(apiv1.ConditionAccepted, apiv1.ReasonAccepted, "the group is valid")
}

// rejectedLanes are the lanes whose pods another lane has.
func rejectedLanes(m Members) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(m.Rejected)) {
		out = append(out, "lane "+name+" is left out: "+m.Rejected[name].Message)
	}
	return out
}

// noBaseline is the problem of a Service in the mesh that answers nobody.
var noBaseline = lane.Problem{Reason: apiv1.ReasonNoBaselinePod, Message: "no baseline pod is ready, so that whoever follows our routes is answered 503, or by pods that are not ready: look at its pods"}

func groupReady(accepted, ingress metav1.Condition, services []apiv1.GroupServiceStatus, notes []lane.Problem) metav1.Condition {
	if accepted.Status != metav1.ConditionTrue {
		return no(apiv1.ConditionReady, lane.Problem{Reason: accepted.Reason, Message: accepted.Message})
	}
	about := map[lane.Problem][]string{}
	for _, s := range services {
		if !s.Programmed {
			p := lane.Problem{Reason: s.Reason, Message: s.Message}
			about[p] = append(about[p], s.Namespace+"/"+s.Name)
		} else if s.BaselineReady == 0 {
			about[noBaseline] = append(about[noBaseline], s.Namespace+"/"+s.Name)
		}
	}
	problems := grouped(about)
	if ingress.Status != metav1.ConditionTrue {
		problems = append(problems, lane.Problem{Reason: ingress.Reason, Message: "entry: " + ingress.Message})
	}
	if p := mostSevere(problems); p != nil {
		return no(apiv1.ConditionReady, *p)
	}
	message := lane.Count(len(services), "service") + " and the entry are in the mesh"
	if ingress.Reason == apiv1.ReasonNoIngress {
		message = lane.Count(len(services), "service") + " in the mesh, and no entry"
	}
	return yes(apiv1.ConditionReady, apiv1.ReasonProgrammed, withNotes(message, notes))
}

func withNotes(message string, notes []lane.Problem) string {
	parts := []string{message}
	for _, note := range notes {
		parts = append(parts, note.Message)
	}
	return strings.Join(parts, "; ")
}

// DeletingGroup is the status of a group that is being deleted: the last one, with a
// condition Ready that tells what is waited for. left is how many of its traffic objects
// are in the mesh, and marked are the Services whose pods carry our labels.
func DeletingGroup(group *apiv1.ASMSwimLaneGroup, left int, marked []types.NamespacedName, words trafficprovider.Words) apiv1.ASMSwimLaneGroupStatus {
	s := *group.Status.DeepCopy()
	s.ObservedGeneration = group.Generation
	set(&s.Conditions, group.Generation, no(apiv1.ConditionReady, lane.Problem{
		Reason: apiv1.ReasonDeleting, Message: deletingMessage(left, marked, words)}))
	fit(group, &s)
	return s
}

func deletingMessage(left int, marked []types.NamespacedName, words trafficprovider.Words) string {
	if left > 0 {
		return fmt.Sprintf("the mesh still has %s; %s, then the group", lane.Count(left, "traffic object"), words.Order)
	}
	names := make([]string, len(marked))
	for i, service := range marked {
		names[i] = service.String()
	}
	return "pods still carry our labels, which are taken off before the group goes, of " + strings.Join(names, ", ")
}
