package rolloutwatch

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// complete: every Service has been looked at. Until then a status would show
// less than there is.
func complete(rows map[types.NamespacedName]row, services []types.NamespacedName) bool {
	for _, s := range services {
		if _, ok := rows[s]; !ok {
			return false
		}
	}
	return true
}

// groupStatus rolls up a group's status. Rows of Services that left the group
// are the mesh's concern only.
func groupStatus(group *apiv1.ASMSwimLaneGroup, entry *groupEntry, rows map[types.NamespacedName]row, in entryState) apiv1.ASMSwimLaneGroupStatus {
	s := apiv1.ASMSwimLaneGroupStatus{
		Conditions:         slices.Clone(group.Status.Conditions),
		ObservedGeneration: group.Generation,
		Lanes:              laneNames(entry.Group),
		Mode:               mode(group),
		Ingress:            ingressSummary(group),
	}
	programmed := 0
	for _, service := range entry.Services {
		r := rows[service].groupStatus(serviceRequest{entry.Name, service})
		if r.Programmed {
			programmed++
		}
		s.Services = append(s.Services, r)
	}
	s.ServicesReady = fmt.Sprintf("%d/%d", programmed, len(entry.Services))
	accepted, entered := groupAccepted(group, entry), ingressProgrammed(in)
	set(&s.Conditions, group.Generation, accepted)
	set(&s.Conditions, group.Generation, entered)
	set(&s.Conditions, group.Generation, groupReady(accepted, entered, s.Services, notes(rows, entry.Services)))
	return s
}

func groupAccepted(group *apiv1.ASMSwimLaneGroup, entry *groupEntry) metav1.Condition {
	if entry.problem != nil {
		return no(apiv1.ConditionAccepted, *entry.problem)
	}
	if _, ok := entry.Lane(entry.Baseline); !ok {
		return no(apiv1.ConditionAccepted, lane.Problem{Reason: apiv1.ReasonBaselineMissing, Message: fmt.Sprintf(
			"lane %s, which fallbackTarget names, does not exist in the group: apply it with the label %s: %s", entry.Baseline, apiv1.LabelSwimLaneGroup, entry.Name)})
	}
	if missing := append(notBuilt(group, entry), leftOut(entry)...); len(missing) > 0 {
		return yes(apiv1.ConditionAccepted, apiv1.ReasonPartiallySupported, strings.Join(missing, "; "))
	}
	return yes(apiv1.ConditionAccepted, apiv1.ReasonAccepted, "the group is valid")
}

// notBuilt are the parts of a valid spec that nothing is done for yet.
func notBuilt(group *apiv1.ASMSwimLaneGroup, entry *groupEntry) []string {
	var out []string
	p := group.Spec.PermissiveModeConfiguration
	switch trace := p.TraceHeader; {
	case trace == "" || strings.EqualFold(trace, p.RouteHeader):
	case strings.EqualFold(trace, "baggage"):
		out = append(out, fmt.Sprintf("carrying the lane in baggage is not built yet: the applications have to pass on header %s", p.RouteHeader))
	default:
		out = append(out, fmt.Sprintf("restoring the lane from header %s is not built yet: the applications have to pass on header %s", trace, p.RouteHeader))
	}
	if entry.Ingress != nil && entry.Ingress.Unsupported != nil {
		out = append(out, entry.Ingress.Unsupported.Message)
	}
	return out
}

// leftOut are lanes whose pods another lane has.
func leftOut(entry *groupEntry) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(entry.Rejected)) {
		out = append(out, "lane "+name+" is left out: "+entry.Rejected[name].Message)
	}
	return out
}

func ingressProgrammed(in entryState) metav1.Condition {
	problem := in.plan.Problem
	if problem == nil {
		problem = in.outcome.Problem
	}
	switch {
	case in.plan.State == lane.StateFrozen:
		return no(apiv1.ConditionIngressProgrammed, lane.Problem{Reason: apiv1.ReasonFrozen, Message: "the entry stays as it was: " + problem.Message})
	case problem != nil:
		return no(apiv1.ConditionIngressProgrammed, *worst(append([]lane.Problem{*problem}, in.outcome.Notes...)))
	case !in.outcome.Complete:
		return no(apiv1.ConditionIngressProgrammed, lane.Problem{Reason: apiv1.ReasonSettling,
			Message: "an entry route waits until every proxy knows the subset that it names; a Service that says Conflict or PatchRefused keeps it waiting"})
	case in.plan.State == lane.StateWithdrawn:
		return yes(apiv1.ConditionIngressProgrammed, apiv1.ReasonNoIngress, "the group names no gateway, or no lane has an ingress rule that is online")
	}
	return yes(apiv1.ConditionIngressProgrammed, apiv1.ReasonProgrammed,
		withNotes(fmt.Sprintf("%d routes on Gateway %s", len(in.plan.Routes), in.plan.Gateway), in.outcome.Notes))
}

// notes are what is worth knowing of all Services, each once with the Services
// that it is about: an object may stand for every one of them.
func notes(rows map[types.NamespacedName]row, services []types.NamespacedName) []lane.Problem {
	about := map[lane.Problem][]string{}
	for _, service := range services {
		for _, note := range rows[service].notes {
			about[note] = append(about[note], service.String())
		}
	}
	return gathered(about)
}

// gathered names with each problem whom it is about; sorted.
func gathered(about map[lane.Problem][]string) []lane.Problem {
	out := make([]lane.Problem, 0, len(about))
	for p, names := range about {
		who := strings.Join(names[:min(len(names), 3)], ", ")
		if more := len(names) - 3; more > 0 {
			who += fmt.Sprintf(" and %d more", more)
		}
		out = append(out, lane.Problem{Reason: p.Reason, Message: who + ": " + p.Message})
	}
	slices.SortFunc(out, func(a, b lane.Problem) int {
		return cmp.Or(strings.Compare(a.Message, b.Message), strings.Compare(a.Reason, b.Reason))
	})
	return out
}

func groupReady(accepted, entered metav1.Condition, services []apiv1.GroupServiceStatus, notes []lane.Problem) metav1.Condition {
	if accepted.Status != metav1.ConditionTrue {
		return no(apiv1.ConditionReady, lane.Problem{Reason: accepted.Reason, Message: accepted.Message})
	}
	about := map[lane.Problem][]string{}
	for _, s := range services {
		if !s.Programmed {
			p := lane.Problem{Reason: s.Reason, Message: s.Message}
			about[p] = append(about[p], s.Namespace+"/"+s.Name)
		}
	}
	problems := gathered(about)
	if entered.Status != metav1.ConditionTrue {
		problems = append(problems, lane.Problem{Reason: entered.Reason, Message: "entry: " + entered.Message})
	}
	if p := worst(problems); p != nil {
		return no(apiv1.ConditionReady, *p)
	}
	return yes(apiv1.ConditionReady, apiv1.ReasonProgrammed,
		withNotes(fmt.Sprintf("%d services and the entry are in the mesh", len(services)), notes))
}

func withNotes(message string, notes []lane.Problem) string {
	parts := []string{message}
	for _, note := range notes {
		parts = append(parts, note.Message)
	}
	return strings.Join(parts, "; ")
}

// leavingStatus keeps what the group's status said but for what is true no more.
func leavingStatus(group *apiv1.ASMSwimLaneGroup, left int, marked []types.NamespacedName) apiv1.ASMSwimLaneGroupStatus {
	s := *group.Status.DeepCopy()
	s.ObservedGeneration = group.Generation
	set(&s.Conditions, group.Generation, no(apiv1.ConditionReady, lane.Problem{
		Reason: apiv1.ReasonDeleting, Message: leaving(left, marked)}))
	return s
}

func leaving(left int, marked []types.NamespacedName) string {
	if left > 0 {
		return fmt.Sprintf("%d traffic objects are still in the mesh; routes go first, their subsets one settle later, then the group", left)
	}
	names := make([]string, len(marked))
	for i, service := range marked {
		names[i] = service.String()
	}
	return "pods still carry our labels, which are taken off before the group goes, of " + strings.Join(names, ", ")
}

// laneNames are the group's lanes, the baseline first.
func laneNames(g lane.Group) string {
	var names []string
	if _, ok := g.Lane(g.Baseline); ok {
		names = append(names, g.Baseline)
	}
	for _, l := range g.Lanes {
		if l.Name != g.Baseline {
			names = append(names, l.Name)
		}
	}
	return strings.Join(names, ",")
}

func mode(group *apiv1.ASMSwimLaneGroup) apiv1.GroupMode {
	if group.Spec.IsPermissive {
		return apiv1.ModePermissive
	}
	return apiv1.ModeStrict
}

func ingressSummary(group *apiv1.ASMSwimLaneGroup) string {
	in := group.Spec.Ingress
	if in.Gateway.Name == "" {
		return ""
	}
	strategy := in.IngressRouting.IngressRoutingStrategy
	if strategy != apiv1.StrategyWeighted {
		strategy = apiv1.StrategyRuleBased
	}
	return fmt.Sprintf("%s/%s %s", in.Gateway.Namespace, in.Gateway.Name, strategy)
}

// set writes a condition; the time of its last change stays when it has none.
func set(conditions *[]metav1.Condition, generation int64, c metav1.Condition) {
	c.ObservedGeneration = generation
	meta.SetStatusCondition(conditions, c)
}
