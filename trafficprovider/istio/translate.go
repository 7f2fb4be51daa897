package istio

import (
	"errors"
	"fmt"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// Translate returns the next step of one Service.
func (p *Provider) Translate(plan lane.Plan, from trafficprovider.Live, basis trafficprovider.Basis, now time.Time) (trafficprovider.Step, error) {
	l, ok := from.(*live)
	if !ok {
		return trafficprovider.Step{}, fmt.Errorf("live objects of another provider: %T", from)
	}
	switch plan.State {
	case lane.StateManaged:
		return p.manage(plan, l, basis, now)
	case lane.StateWithdrawn:
		return p.withdraw(plan, l, basis, now), nil
	default:
		return p.hold(plan, l, now), nil
	}
}

// manage brings the subsets of the plan in and all others out. The
// DestinationRule is written first: a subset goes only when the routes are seen
// to be gone already, so within one step the rule can only gain what the
// VirtualService needs.
func (p *Provider) manage(plan lane.Plan, l *live, basis trafficprovider.Basis, now time.Time) (trafficprovider.Step, error) {
	if l.conflict != nil {
		return p.refuse(plan, l, now, l.conflict), nil
	}
	t := advance(plan, l, now)
	rule, routes, starts, used, err := l.build(&plan, t, now)
	if err != nil {
		return trafficprovider.Step{}, err
	}
	if why := plan.Refused.Why(); why != nil && !l.TakenOver() {
		return p.refuse(plan, l, now, why), nil
	}
	findings := l.findings(plan, rule)
	conflicts := foreign.Summarize(findings, l.TakenOver()).With(plan.Refused.Problem(used), nil)
	if conflicts.Block != nil {
		return p.refuse(plan, l, now, conflicts.Block), nil
	}
	step := trafficprovider.Step{Programmed: t.programmed(plan), Again: t.again, Problem: conflicts.Problem, Notes: conflicts.Notes}
	why, cause := whyRule(plan, l, starts, t)
	step.Writes = starting(p.put(nil, orNil(l.rule), rule, why, cause), waitsOf(nameOf(rule), starts...))
	if routes != nil {
		why, cause = whyRoutes(l, t)
		step.Writes = append(step.Writes, starting(p.put(nil, orNil(l.routes), routes, why, cause), freed(plan.Group, l.routes, routes))...)
	}
	notePatches(step.Writes, nil)
	for _, other := range listedLanes(rule) {
		step.Again = sooner(step.Again, until(l.deadlineIn(rule, apiv1.AnnotationListedAfter+other, now), now))
	}
	step.Phase = phase(basis, len(step.Writes) > 0 && (t.needsLiveRead() || l.barelyTakenOver(findings)), t.frees(), t.complete(plan) && step.Again == 0)
	return step, nil
}

// build makes the objects of a step with the patches that can be used, and notes in the plan
// those that cannot.
func (l *live) build(plan *lane.Plan, t transition, now time.Time) (*networkingv1.DestinationRule, *networkingv1.VirtualService, []string, lane.Policy, error) {
	for {
		usable := *plan
		if len(plan.Refused) > 0 {
			usable.Policy = plan.Refused.Usable(plan.Policy, l.policyInForce())
		}
		rule, routes, starts, err := objects(usable, l, t, now)
		refused, ok := errors.AsType[*refusedError](err)
		if !ok || plan.Refused[refused.patch].LeftOut {
			return rule, routes, starts, usable.Policy, err
		}
		plan.Refused = plan.Refused.With(refused.patch, lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: refused.Error()})
	}
}

// objects are the objects of a step, with the waits that start when the rule is written. As
// long as nothing may be named there are no routes.
func objects(plan lane.Plan, l *live, t transition, now time.Time) (*networkingv1.DestinationRule, *networkingv1.VirtualService, []string, error) {
	rule, starts, err := rule(plan, l, t, now)
	if err != nil || t.serving == "" {
		return rule, nil, starts, err
	}
	routes, err := meshRoutes(plan, l, t)
	return rule, routes, starts, err
}

// barelyTakenOver reports whether objects of others would keep the Service from being
// taken over, and only the routes say that it was. They may be gone like the rule.
func (l *live) barelyTakenOver(findings []foreign.Finding) bool {
	return l.rule == nil && l.routes != nil && foreign.Summarize(findings, false).Block != nil
}

// phase is how a step goes on.
func phase(basis trafficprovider.Basis, needsLiveRead, frees, complete bool) trafficprovider.Phase {
	switch {
	case needsLiveRead && basis != trafficprovider.Confirmed:
		return trafficprovider.Unconfirmed
	case frees:
		return trafficprovider.Advancing
	case complete:
		return trafficprovider.Complete
	}
	return trafficprovider.Waiting
}

// withdraw takes the mesh routes away at once, and the DestinationRule when
// nobody can know its subsets any more. Ingress routes are others' to write.
func (p *Provider) withdraw(plan lane.Plan, l *live, basis trafficprovider.Basis, now time.Time) trafficprovider.Step {
	why := "service " + plan.Service.String() + " leaves group " + plan.Group
	if l.routes != nil {
		return trafficprovider.Step{
			Writes: starting(remove(nil, l.routes, why), freed(plan.Group, l.routes, nil)),
			Phase:  phase(basis, false, l.rule != nil, true),
		}
	}
	if l.rule == nil {
		return trafficprovider.Step{Phase: trafficprovider.Complete}
	}
	t := drain(l, now)
	if len(t.defined()) == 0 {
		return trafficprovider.Step{
			Writes: remove(nil, l.rule, why),
			Phase:  phase(basis, true, false, true),
		}
	}
	step := trafficprovider.Step{Again: t.again}
	if step.Again == 0 { // an ingress names it; it may be nobody's Service, whose new pods wake nobody
		step.Again = p.settle
	}
	step.Writes = p.put(nil, l.rule, drainingRule(plan, l, t, now), why, trafficprovider.Withdraw)
	notePatches(step.Writes, nil)
	step.Phase = phase(basis, len(step.Writes) > 0, false, false)
	return step
}

// hold changes nothing but the records, and says what is in force.
func (p *Provider) hold(plan lane.Plan, l *live, now time.Time) trafficprovider.Step {
	step := trafficprovider.Step{Phase: trafficprovider.Complete, Writes: p.recordAlone(plan, l)}
	for _, name := range lanesOf(plan) {
		if s := l.subset(name, now); s.Defined && s.Routed {
			step.Programmed = append(step.Programmed, name)
		}
	}
	return step
}

// refuse changes nothing, although there would be something to do.
func (p *Provider) refuse(plan lane.Plan, l *live, now time.Time, problem *lane.Problem) trafficprovider.Step {
	step := p.hold(plan, l, now)
	step.Phase, step.Problem = trafficprovider.Waiting, problem
	return step
}

// put appends the write that makes old into want, if one is needed.
func (p *Provider) put(writes []trafficprovider.Write, old, want client.Object, why string, cause trafficprovider.Cause) []trafficprovider.Write {
	switch {
	case old == nil:
		return append(writes, trafficprovider.Write{Op: trafficprovider.Create, Object: want, Reason: why, Cause: cause})
	case same(old, want):
		return writes
	}
	return append(writes, trafficprovider.Write{Op: trafficprovider.Update, Object: want, Reason: why, Cause: cause})
}

// remove appends the removal of an object, which may be the cache's own.
func remove(writes []trafficprovider.Write, old client.Object, why string) []trafficprovider.Write {
	gone := old.DeepCopyObject().(client.Object)
	return append(writes, trafficprovider.Write{Op: trafficprovider.Delete, Object: gone, Reason: why, Cause: trafficprovider.Withdraw})
}

// starting are writes that start waits.
func starting(writes []trafficprovider.Write, waits []string) []trafficprovider.Write {
	for i := range writes {
		writes[i].Starts = waits
	}
	return writes
}

// orNil makes an object that does not exist a nil interface.
func orNil[T any, P interface {
	*T
	client.Object
}](obj P) client.Object {
	if obj == nil {
		return nil
	}
	return obj
}
