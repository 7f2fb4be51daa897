package status

import (
	"cmp"
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

// Members are a group, and what the last looks at its Services came to.
type Members struct {
	lane.Group
	// Problem is why the group is unusable as a whole.
	Problem  *lane.Problem
	Services map[types.NamespacedName]Service
}

// Complete reports whether every Service has been looked at. Until then a status
// would show less than there is.
func (m Members) Complete() bool {
	for _, s := range m.Group.Services {
		if _, ok := m.Services[s]; !ok {
			return false
		}
	}
	return true
}

// Known are the Services of which something is known and those of which it should be,
// sorted.
func (m Members) Known() []types.NamespacedName {
	out := slices.Concat(m.Group.Services, slices.Collect(maps.Keys(m.Services)))
	slices.SortFunc(out, lane.CompareKeys)
	return slices.Compact(out)
}

// Group rolls up a group's status. Services that left the group are the mesh's
// owner only.
func Group(group *apiv1.ASMSwimLaneGroup, m Members, in Ingress) apiv1.ASMSwimLaneGroupStatus {
	s := apiv1.ASMSwimLaneGroupStatus{
		Conditions:         slices.Clone(group.Status.Conditions),
		ObservedGeneration: group.Generation,
		Lanes:              laneNames(m.Group),
		Mode:               mode(m.Mode),
		Ingress:            ingressSummary(group),
	}
	programmed := 0
	for _, service := range m.Group.Services {
		r := m.Services[service].inGroup(lane.GroupService{Group: m.Name, Service: service})
		if r.Programmed {
			programmed++
		}
		s.Services = append(s.Services, r)
	}
	s.ServicesReady = fmt.Sprintf("%d/%d", programmed, len(m.Group.Services))
	accepted, entered := groupAccepted(group, m), in.Condition()
	set(&s.Conditions, group.Generation, accepted)
	set(&s.Conditions, group.Generation, entered)
	set(&s.Conditions, group.Generation, groupReady(accepted, entered, s.Services, m.notes()))
	return s
}

func groupAccepted(group *apiv1.ASMSwimLaneGroup, m Members) metav1.Condition {
	if m.Problem != nil {
		return no(apiv1.ConditionAccepted, *m.Problem)
	}
	if missing := m.MissingBaseline(); missing != nil {
		return no(apiv1.ConditionAccepted, *missing)
	}
	if missing := append(notBuilt(group, m), leftOut(m)...); len(missing) > 0 {
		return yes(apiv1.ConditionAccepted, apiv1.ReasonPartiallySupported, strings.Join(missing, "; "))
	}
	return yes(apiv1.ConditionAccepted, apiv1.ReasonAccepted, "the group is valid")
}

// notBuilt are the parts of a valid spec that nothing is done for yet.
func notBuilt(group *apiv1.ASMSwimLaneGroup, m Members) []string {
	var out []string
	p := group.Spec.PermissiveModeConfiguration
	switch trace := p.TraceHeader; {
	case trace == "" || strings.EqualFold(trace, p.RouteHeader):
	case strings.EqualFold(trace, "baggage"):
		out = append(out, fmt.Sprintf("carrying the lane in baggage is not built yet: the applications have to pass on header %s", p.RouteHeader))
	default:
		out = append(out, fmt.Sprintf("restoring the lane from header %s is not built yet: the applications have to pass on header %s", trace, p.RouteHeader))
	}
	if m.Ingress != nil && m.Ingress.Unsupported != nil {
		out = append(out, m.Ingress.Unsupported.Message)
	}
	return out
}

// leftOut are lanes whose pods another lane has.
func leftOut(m Members) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(m.Rejected)) {
		out = append(out, "lane "+name+" is left out: "+m.Rejected[name].Message)
	}
	return out
}

// notes are what is worth knowing of all Services, each once with the Services
// that it is about: an object may stand for every one of them.
func (m Members) notes() []lane.Problem {
	about := map[lane.Problem][]string{}
	for _, service := range m.Group.Services {
		for _, note := range m.Services[service].Notes {
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
	if p := mostSevere(problems); p != nil {
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

// LeavingGroup keeps what the group's status said but for what is true no more: left
// traffic objects are in the mesh, and pods of the marked Services carry our labels.
func LeavingGroup(group *apiv1.ASMSwimLaneGroup, left int, marked []types.NamespacedName, words trafficprovider.Words) apiv1.ASMSwimLaneGroupStatus {
	s := *group.Status.DeepCopy()
	s.ObservedGeneration = group.Generation
	set(&s.Conditions, group.Generation, no(apiv1.ConditionReady, lane.Problem{
		Reason: apiv1.ReasonDeleting, Message: leaving(left, marked, words)}))
	return s
}

func leaving(left int, marked []types.NamespacedName, words trafficprovider.Words) string {
	if left > 0 {
		return fmt.Sprintf("%d traffic objects are still in the mesh; %s, then the group", left, words.Order)
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

func mode(m lane.Mode) apiv1.GroupMode {
	if m == lane.Strict {
		return apiv1.ModeStrict
	}
	return apiv1.ModePermissive
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
