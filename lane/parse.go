package lane

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// NewGroup parses a group and its lanes. The problem, if any, makes the group unusable as
// a whole: the webhook refuses such an edit, and the controllers freeze the traffic of a
// group that got past it. The Group holds what could be parsed even then.
func NewGroup(group *apiv1.ASMSwimLaneGroup, lanes []apiv1.ASMSwimLane) (Group, *Problem) {
	g := Group{
		Name:       group.Name,
		Mode:       modeOf(group.Spec.IsPermissive),
		Tag:        newTag(group),
		AutoUpdate: group.Spec.AutoUpdate,
		Services:   keys(group.Spec.Services),
		Policies:   map[types.NamespacedName]Policy{},
		Ingress:    newIngress(group),
		StripTags:  stripsTags(group),
		Namespaces: NamespacesOf(group),
	}
	g.Baseline, g.ServiceBaseline = baselines(group)
	g.Lanes, g.Rejected = admit(lanes)
	g.enterByStrategy()
	if p := newPolicies(&g, group); p != nil {
		return g, p
	}
	return g, validate(g)
}

// enterByStrategy forgets what the group's strategy does not use: the lanes' rules or their
// shares.
func (g *Group) enterByStrategy() {
	weighted := g.Ingress != nil && g.Ingress.Weighted != nil
	rules, shares := 0, 0
	for i, l := range g.Lanes {
		rules += len(l.Rules)
		if l.Share != nil {
			shares++
		}
		if weighted {
			g.Lanes[i].Rules = nil
		} else {
			g.Lanes[i].Share, g.Lanes[i].Weight = nil, 0
		}
	}
	// Group and lanes are edited one after the other: nobody is to be answered 404 in between.
	switch mute := "no lane has an %s, which strategy %s of the group uses: give the lanes some, or take their %s out if nobody is to enter"; {
	case g.Ingress == nil:
	case weighted && shares == 0 && rules > 0:
		g.Ingress.Mute = &Problem{apiv1.ReasonNoIngress, fmt.Sprintf(mute, "ingressWeight with a destination", apiv1.StrategyWeighted, "ingressRules")}
	case !weighted && rules == 0 && shares > 0:
		g.Ingress.Mute = &Problem{apiv1.ReasonNoIngress, fmt.Sprintf(mute, "ingress rule that is online", apiv1.StrategyRuleBased, "ingressWeight")}
	}
}

// validate finds what no single object shows; nil when nothing is wrong.
func validate(g Group) *Problem {
	if p := g.reserved(); p != nil {
		return p
	}
	if p := g.rejectedBaseline(); p != nil {
		return p
	}
	for _, service := range slices.SortedFunc(maps.Keys(g.ServiceBaseline), CompareKeys) {
		if !g.Has(service) {
			return &Problem{apiv1.ReasonInvalid, fmt.Sprintf("serviceLevelFallbackTarget names %s, which is not in spec.services: add it there, or take it out of serviceLevelFallbackTarget", service)}
		}
	}
	return nil
}

// Accepted reports whether the lane was accepted in the group that it belongs to now.
// Only the order of lanes may depend on it (laneorder.go): a status may be edited.
func Accepted(l *apiv1.ASMSwimLane) bool {
	return l.Status.Group == l.Labels[apiv1.LabelSwimLaneGroup] &&
		meta.IsStatusConditionTrue(l.Status.Conditions, apiv1.ConditionAccepted)
}

func newLane(l *apiv1.ASMSwimLane) Lane {
	return Lane{
		Name: l.Name, Selector: l.Spec.LabelSelector, Services: keys(l.Spec.Services),
		Deleting: !l.DeletionTimestamp.IsZero(),
		Rules:    newRules(l), Share: newShare(l.Spec.IngressWeight), Weight: l.Spec.IngressWeight.Weight,
	}
}

// newRules are a lane's ingress rules that are online.
func newRules(l *apiv1.ASMSwimLane) []IngressRule {
	var out []IngressRule
	taken := takenNames{}
	for i, r := range l.Spec.IngressRules {
		if !r.Online {
			continue
		}
		rule := newRule(cmp.Or(r.Name, fmt.Sprintf("rule-%d", i)), r)
		for !taken.take(rule.Name) {
			rule.Name += fmt.Sprintf("-%d", i)
		}
		out = append(out, rule)
	}
	return out
}

func keys(refs []apiv1.ServiceReference) []types.NamespacedName {
	out := make([]types.NamespacedName, len(refs))
	for i, r := range refs {
		out[i] = types.NamespacedName{Namespace: r.Namespace, Name: r.Name}
	}
	slices.SortFunc(out, CompareKeys)
	return slices.Compact(out)
}

// CompareKeys orders by namespace, then by name.
func CompareKeys(a, b types.NamespacedName) int {
	return cmp.Or(strings.Compare(a.Namespace, b.Namespace), strings.Compare(a.Name, b.Name))
}
