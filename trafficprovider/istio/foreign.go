package istio

import (
	"cmp"
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Objects of others that speak for a host or on a Gateway of ours. As long as
// we have nothing there, we stay out where we would break what theirs does now.
// Afterwards nothing of theirs makes us take anything away: it is named, with
// what it does and what to do about it.
//
// What theirs does is asked in three places, which are pure:
//
//	foreign_rules.go   DestinationRules of a Service's host
//	foreign_routes.go  VirtualServices of a Service's host, in the mesh
//	foreign_entry.go   VirtualServices on the Gateway of a group's entry

// finding is what an object of somebody else and ours do to each other.
type finding struct {
	object string
	effect string
	cure   string
	// blocks: ours would break what theirs does now.
	blocks bool
	// decides: some requests go as theirs says and not as ours.
	decides bool
}

// verdict is what follows from all findings.
type verdict struct {
	// block is why we must stay out.
	block *lane.Problem
	// problem is why the plan is not in force for everybody, notes are worth
	// knowing although it is.
	problem *lane.Problem
	notes   []lane.Problem
}

// findings are what others' objects do to the Service, with our rule as it is to
// be written.
func (l *live) findings(group string, ours *networkingv1.DestinationRule) []finding {
	var out []finding
	add := func(obj client.Object, judged *finding) {
		if still := stillThere(obj, group); still != nil && judged != nil {
			judged = still
		}
		if judged != nil {
			out = append(out, *judged)
		}
	}
	for _, theirs := range l.others.rules {
		add(theirs, judgeRule(theirs, ours))
	}
	for _, theirs := range l.others.routes {
		add(theirs, judgeRoutes(theirs, l.routes, l.service))
	}
	return out
}

// conclude sums findings up. takenOver says that objects of ours exist.
func conclude(findings []finding, takenOver bool) verdict {
	var blocking, deciding, rest []finding
	for _, f := range findings {
		switch {
		case f.blocks && !takenOver:
			blocking = append(blocking, f)
		case f.decides:
			deciding = append(deciding, f)
		default:
			rest = append(rest, f)
		}
	}
	if len(blocking) > 0 {
		return verdict{block: conflictOf(blocking)}
	}
	v := verdict{problem: conflictOf(deciding)}
	for _, f := range rest {
		v.notes = append(v.notes, *conflictOf([]finding{f}))
	}
	slices.SortFunc(v.notes, func(a, b lane.Problem) int { return strings.Compare(a.Message, b.Message) })
	return v
}

// conflictOf makes one stable problem of several findings; nil of none.
func conflictOf(findings []finding) *lane.Problem {
	if len(findings) == 0 {
		return nil
	}
	slices.SortFunc(findings, func(a, b finding) int { return strings.Compare(a.object, b.object) })
	parts := make([]string, len(findings))
	for i, f := range findings {
		parts[i] = f.object + " " + f.effect + ": " + f.cure
	}
	return &lane.Problem{Reason: apiv1.ReasonConflict, Message: strings.Join(parts, "; ")}
}

// isOurs says whether an object is the one that we write for a group's Service.
// Somebody's copy of it, with our labels under another name, is not.
func isOurs(obj client.Object, group string, service types.NamespacedName) bool {
	want := ruleName(group, service)
	if _, ok := obj.(*networkingv1.VirtualService); ok {
		want = routesName(group, service)
	}
	return nameOf(obj) == want && owns(obj.GetLabels(), group, service)
}

// stillThere is about an object of another group that has the Service no more.
func stillThere(obj client.Object, group string) *finding {
	c, ok := concern(obj)
	if !ok || c.Group == group {
		return nil
	}
	return &finding{
		object: kindOf(obj) + " " + nameOf(obj).String(), blocks: true,
		effect: "is of group " + c.Group + ", which has the service or had it",
		cure:   "it leaves in order when the service is that group's no more and no ingress rule of that group goes to it, and this group takes over then",
	}
}

// anotherGroups: among others' objects is one that a group of ours has for the
// Service.
func anotherGroups[T client.Object](others []T, service types.NamespacedName) bool {
	return slices.ContainsFunc(others, func(obj T) bool {
		c, ok := concern(obj)
		return ok && c.Service == service
	})
}

// isOlder says whether Istio puts theirs before ours: by age, then by name. What
// we have not written yet is the youngest.
func isOlder(theirs, ours client.Object) bool {
	if isNew(ours) {
		return true
	}
	was, born := theirs.GetCreationTimestamp(), ours.GetCreationTimestamp()
	return cmp.Or(
		was.Compare(born.Time),
		strings.Compare(theirs.GetName(), ours.GetName()),
		strings.Compare(theirs.GetNamespace(), ours.GetNamespace()),
	) < 0
}

// isNew: the object is not written yet.
func isNew(obj client.Object) bool { return obj.GetResourceVersion() == "" }

// describe names an object with what makes it speak for ours.
func describe(obj client.Object, host string) string {
	return kindOf(obj) + " " + nameOf(obj).String() + " (host " + host + ")"
}
