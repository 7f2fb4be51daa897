package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// Ingress is what became of a group's ingress.
type Ingress struct {
	Plan    lane.IngressPlan
	Outcome trafficprovider.Outcome
	Words   trafficprovider.Words
}

// Condition returns the group's condition IngressProgrammed.
func (in Ingress) Condition() metav1.Condition {
	problem := in.problem()
	switch {
	case in.Plan.State == lane.StateFrozen:
		return no(apiv1.ConditionIngressProgrammed, lane.Problem{Reason: apiv1.ReasonFrozen, Message: "the entry stays as it was: " + problem.Message})
	case problem != nil:
		return no(apiv1.ConditionIngressProgrammed, *mostSevere(append([]lane.Problem{*problem}, in.Outcome.Notes...)))
	case in.Plan.Hidden() != nil:
		return no(apiv1.ConditionIngressProgrammed, *in.Plan.Hidden())
	case len(in.Plan.LeftOut) > 0:
		return no(apiv1.ConditionIngressProgrammed, in.leftOut())
	case !in.Outcome.Complete():
		return no(apiv1.ConditionIngressProgrammed, lane.Problem{Reason: apiv1.ReasonSettling, Message: in.Words.IngressSettling})
	case in.Plan.State == lane.StateWithdrawn:
		return yes(apiv1.ConditionIngressProgrammed, apiv1.ReasonNoIngress, "the group names no gateway, or no lane has an ingress rule that is online, or a share where it goes by weight")
	}
	message := fmt.Sprintf("%s on Gateway %s", lane.Count(len(in.Plan.Routes), "route"), in.Plan.Gateway)
	if shares := in.Plan.Shares(); shares != "" {
		message += ", " + shares
	}
	notes := in.Outcome.Notes
	if rest := in.Plan.Rest(); rest != nil {
		notes = append([]lane.Problem{*rest}, notes...)
	}
	return yes(apiv1.ConditionIngressProgrammed, apiv1.ReasonProgrammed, withNotes(message, notes))
}

// problem is why the ingress is not as it should be: as planned, or else in the mesh.
func (in Ingress) problem() *lane.Problem { return cmp.Or(in.Plan.Problem, in.Outcome.Problem) }

// LeftOut are the rules that are left out: those of all lanes where there can be no entry, and
// is none from before.
func (in Ingress) LeftOut(g lane.Group) []lane.LeftOut {
	out, problem := slices.Clip(in.Plan.LeftOut), in.problem()
	if problem == nil || in.Plan.State == lane.StateFrozen || len(in.Outcome.Programmed) > 0 {
		return out
	}
	for _, l := range g.Lanes {
		for _, r := range l.Entering() {
			o := lane.LeftOut{Lane: l.Name, Rule: r.Name, Problem: lane.Problem{Reason: problem.Reason, Message: "the group has no entry: " + problem.Message}}
			if !slices.ContainsFunc(in.Plan.LeftOut, o.Same) {
				out = append(out, o)
			}
		}
	}
	return out
}

// leftOut is the problem that rules are left out.
func (in Ingress) leftOut() lane.Problem {
	parts := make([]string, len(in.Plan.LeftOut))
	for i, o := range in.Plan.LeftOut {
		parts[i] = o.String()
	}
	message := strings.Join(parts, "; ")
	if slices.ContainsFunc(in.Plan.Routes, func(r lane.IngressRoute) bool { return !r.AsInForce }) {
		message += "; the other rules are in force"
	}
	return lane.Problem{Reason: in.Plan.LeftOut[0].Reason, Message: message}
}
