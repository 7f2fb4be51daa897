package lane

import (
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// Compute decides what becomes of a Service. The plan depends on the snapshot alone.
func Compute(s Snapshot) Plan {
	if s.HeldByOther && !s.TakenOver {
		s.Marking.Unisolated = s.Group.laneNames()
	}
	unserved := s.unserved()
	if unserved != nil {
		s.Group.Mode, s.Group.Baseline = Strict, AllVersions
	}
	s = s.Standing()
	moved := s
	next, moves := s.Group.moves(s.Service.Key, s.Serving)
	s.Group = s.Group.Serving(s.Service.Key, s.Serving)
	if s.Hold == nil {
		s.Hold = s.otherLabels()
	}
	verdicts := verdictsOf(s)
	p := Plan{
		Since:   s.Since,
		Group:   s.Group.Name,
		Mode:    s.Group.Mode,
		Service: s.Service.Key,
		Tag:     s.Group.Tag,
		Policy:  s.Group.PolicyOf(s.Service.Key),
		Ports:   Numbers(s.Service.Ports),
		Ingress: slices.Contains(s.Group.IngressServices(), s.Service.Key),
	}
	if p.Mode == Strict {
		p.Callers = s.Group.serviceNamespaces()
	}
	p.State, p.Problem = state(s, verdicts)
	if p.State == StateWithdrawn {
		p.Relabel = slices.Concat(markerRemovals(s), undoneRelabels(s, verdicts), leavingAnswers(s))
		return p
	}
	if p.State == StateManaged && p.Problem == nil {
		p.Problem = unserved
	}
	if moves && p.State == StateManaged {
		p.begin(s, next, verdicts, verdictsOf(moved))
	}
	p.Unassigned, p.Notes = unassigned(s, verdicts), notes(s, verdicts)
	if baseline, ok := s.Group.BaselineOf(s.Service.Key); ok {
		p.Labelled = labelled(s, baseline.Name, verdicts)
		p.Baseline = member(s, baseline, verdicts, Reason{ReasonNamed, "lane " + baseline.Name + " is the Service's baseline"})
	}
	for _, l := range s.Group.GrayLanes(s.Service.Key) {
		p.GrayLanes = append(p.GrayLanes, l.Name)
		if why, ok := present(s, l, verdicts); ok {
			p.Gray = append(p.Gray, member(s, l, verdicts, why))
		}
	}
	p.Lacking = lacking(s, p.Gray)
	p.Hidden = hiddenFromGateway(s)
	p.Records = s.nextRecords(verdicts)
	p.keepApart(s, verdicts)
	p.Relabel = relabels(s, verdicts)
	return p
}

func verdictsOf(s Snapshot) []Verdict {
	verdicts := make([]Verdict, len(s.Pods))
	for i, p := range s.Pods {
		p.Marking = s.Marking
		verdicts[i] = Assign(s.Group, s.Service.Key, p)
		if change, ok := s.beforeAllVersions(p, verdicts[i]); ok {
			verdicts[i].Change = change
		}
	}
	s.keepTesters(verdicts)
	return verdicts
}

// state is the state of the Service's traffic and why it is not managed. The cases are in
// the order of what weighs most.
func state(s Snapshot, verdicts []Verdict) (State, *Problem) {
	missing := s.Group.missingBaselineOf(s.Service.Key)
	switch {
	case s.Withdrawing:
		return StateWithdrawn, s.Hold
	case s.Hold != nil:
		return heldState(s.TakenOver), s.Hold
	case missing != nil:
		return heldState(s.TakenOver), missing
	case !s.Service.Found:
		return heldState(s.TakenOver), &Problem{apiv1.ReasonServiceNotFound, "Service " + s.Service.Key.String() + " does not exist, so nobody answers its requests: create it, or take it out of spec.services"}
	case s.Service.Unsupported != "":
		return heldState(s.TakenOver), &Problem{apiv1.ReasonServiceUnsupported, s.Service.Unsupported}
	case s.TakenOver:
		return StateManaged, standingProblem(s)
	}
	if problem := takeoverProblem(s, verdicts); problem != nil {
		return StatePending, problem
	}
	return StateManaged, nil
}

// notes are what is to be said of a Service that can be managed.
func notes(s Snapshot, verdicts []Verdict) []Problem {
	if !s.Service.Found || s.Service.Unsupported != "" {
		return nil
	}
	out := append(slices.Clone(s.Service.Notes), podNotes(s)...)
	for _, p := range []*Problem{s.Group.EveryVersion(), opaquePorts(s.Service), bypasses(s), youngerServices(s), absent(s, verdicts)} {
		if p != nil {
			out = append(out, *p)
		}
	}
	for _, r := range s.Releases {
		out = append(out, r.Notes...)
	}
	slices.SortFunc(out, func(a, b Problem) int { return strings.Compare(a.Message, b.Message) })
	return out
}

// heldState is the state of traffic that nothing is changed about.
func heldState(takenOver bool) State {
	if takenOver {
		return StateFrozen
	}
	return StatePending
}

func member(s Snapshot, l Lane, verdicts []Verdict, why Reason) Member {
	m := Member{Lane: l.Name, Selector: l.Selector, Why: why, Unreached: unreached(s, verdicts, l.Name)}
	for i, p := range s.Pods {
		if p.Terminating || verdicts[i].Lane != l.Name && l.Name != AllVersions {
			continue
		}
		m.Pods++
		if p.Ready {
			m.Ready++
		}
	}
	for _, r := range s.Releases {
		if r.Lane == l.Name && r.Rollout > m.Rollout {
			m.Stage, m.Rollout = r.Stage, r.Rollout
		}
	}
	return m
}
