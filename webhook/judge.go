package webhook

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// judgement is what there is to say about a group and its lanes together.
type judgement struct {
	// problems are what must not be: of the group as a whole, or of a rule.
	problems []lane.Problem
	// warnings are about what waits for something else, or is not built yet.
	warnings []string
	// unmet are about rules that get no request, which is news where the edit causes it.
	unmet []string
}

// judge finds what is wrong with a group of these lanes.
func judge(group *apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane, of lookups) judgement {
	g, problem := lane.NewGroup(group, lanes)
	g.Elsewhere = g.LanesElsewhere(of.group)
	var j judgement
	switch {
	case problem == nil:
	case problem.Reason == apiv1.ReasonNotYetSupported:
		// What a later version will do is no mistake: the object is kept, and
		// its condition says the same.
		j.warnings = []string{problem.Message}
	default:
		j.problems = []lane.Problem{*problem}
	}
	for _, name := range slices.Sorted(maps.Keys(g.Rejected)) {
		if p := g.Rejected[name].Problem; !slices.Contains(j.problems, p) {
			j.problems = append(j.problems, p)
		}
	}
	if g.Ingress != nil {
		j.problems = append(j.problems, ruleProblems("", g.Ingress.Weighted, noPorts)...)
		if p := g.TooLarge(); p != nil {
			j.problems = append(j.problems, *p)
		}
	}
	j.warnings = append(j.warnings, messages(g.MissingBaselines())...)
	if p := g.EveryVersion(); p != nil {
		j.warnings = append(j.warnings, p.Message)
	}
	j.unmet = messages(g.SameRequests())
	j.warnings = append(j.warnings, unused(g, lanes)...)
	for _, l := range g.Lanes {
		j.warnings = append(j.warnings, notInGroup(g, l)...)
		j.problems = append(j.problems, ruleProblems(l.Name, l.Entering(), of.ports)...)
	}
	return j
}

// unused is what lanes say of requests at the gateway that their group's strategy does not ask for.
func unused(g lane.Group, lanes []apiv1.ASMSwimLane) []string {
	weighted := g.Ingress != nil && g.Ingress.Weighted != nil
	var out []string
	for _, l := range lanes {
		_, in := g.Lane(l.Name)
		online := slices.ContainsFunc(l.Spec.IngressRules, func(r apiv1.IngressRule) bool { return r.Online })
		switch {
		case in && weighted && online:
			out = append(out, fmt.Sprintf("lane %s has ingressRules, which the strategy of group %s does not use: it shares requests out by ingressWeight", l.Name, g.Name))
		case in && !weighted && l.Spec.IngressWeight.Weight > 0:
			out = append(out, fmt.Sprintf("lane %s has an ingressWeight, which only the strategy weighted uses: set ingressRoutingStrategy of group %s, or give the lane ingressRules", l.Name, g.Name))
		}
	}
	return out
}

// ruleProblems are those of rules that no route can be made of.
func ruleProblems(laneName string, rules []lane.IngressRule, portsOf func(types.NamespacedName) []int32) []lane.Problem {
	var out []lane.Problem
	for _, rule := range rules {
		if p := rule.Refused(portsOf(rule.Service)); p != nil {
			out = append(out, lane.Problem{Reason: p.Reason, Message: lane.RuleTitle(laneName, rule.Name) + ": " + p.Message})
		}
	}
	return out
}

// noPorts are those of rules that go to no Service by themselves.
func noPorts(types.NamespacedName) []int32 { return nil }

// notInGroup are Services that a lane names and its group does not.
func notInGroup(g lane.Group, l lane.Lane) []string {
	warnings := messages(g.NotInGroup(l.Name))
	for _, rule := range l.Entering() {
		if !g.Has(rule.Service) {
			warnings = append(warnings, fmt.Sprintf(
				"%s sends requests to %s, which is no service of group %s, so that they cannot follow the lane: add it to spec.services, or correct the destination", lane.RuleTitle(l.Name, rule.Name), destinationOf(rule), g.Name))
		}
	}
	return warnings
}

func messages(problems []lane.Problem) []string {
	var out []string
	for _, p := range problems {
		out = append(out, p.Message)
	}
	return out
}

// destinationOf is the Service that a rule names, or how to write its host.
func destinationOf(rule lane.IngressRule) string {
	if rule.Service.Name == "" || rule.Service.Namespace == "" {
		return fmt.Sprintf("%q (write <service>.<namespace>.svc.cluster.local)", rule.Host)
	}
	return rule.Service.String()
}

// errorAfter is the error that refuses what the edit broke; nil when it broke nothing.
// What was broken before the edit is no reason to refuse it: people repair one thing at a
// time.
func (j judgement) errorAfter(before judgement) error {
	for _, p := range j.problems {
		if !slices.Contains(before.problems, p) {
			return errors.New(p.Message)
		}
	}
	return nil
}

// warningsAfter are all warnings, with the problems that errorAfter let pass.
func (j judgement) warningsAfter(before judgement) admission.Warnings {
	warnings := slices.Clone(j.warnings)
	for _, w := range j.unmet {
		if !slices.Contains(before.unmet, w) {
			warnings = append(warnings, w)
		}
	}
	for _, p := range j.problems {
		if slices.Contains(before.problems, p) {
			warnings = append(warnings, "still wrong; what is in force stays: "+p.Message)
		}
	}
	return warnings
}

// ignoredAfter warns of annotations that have no effect since the edit.
func ignoredAfter(before, group *apiv1.ASMSwimLaneGroup) admission.Warnings {
	known := lane.IgnoredAnnotations(before)
	return slices.DeleteFunc(lane.IgnoredAnnotations(group), func(ignored string) bool { return slices.Contains(known, ignored) })
}

// unchecked allows what could not be checked: the controllers check it again,
// and freeze what must not be.
func unchecked(err error) admission.Warnings {
	return admission.Warnings{fmt.Sprintf("not checked against other lanes and groups, see the object's conditions: %v", err)}
}
