package status

import (
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// reason is why the Service is not programmed, or what is wrong although it is; nil when
// nothing is.
func (s Service) reason() *lane.Problem {
	switch {
	case s.State == lane.StateFrozen:
		return &lane.Problem{Reason: apiv1.ReasonFrozen, Message: "traffic stays as it was: " + s.Problem.Message}
	case s.Problem != nil:
		return mostSevere(append([]lane.Problem{*s.Problem}, s.Notes...))
	case s.State == lane.StateWithdrawn:
		return &lane.Problem{Reason: apiv1.ReasonDeleting, Message: s.words.Withdrawing}
	case !s.Complete && s.Baseline.Ready > 0:
		return &lane.Problem{Reason: apiv1.ReasonSettling, Message: s.settling()}
	}
	var problems []lane.Problem
	if s.Baseline.Ready == 0 {
		problems = append(problems, noBaseline)
	}
	if p := s.releaseProblem(); p != nil && !slices.ContainsFunc(s.Notes, func(note lane.Problem) bool { return strings.Contains(note.Message, p.Message) }) {
		problems = append(problems, *p)
	}
	return mostSevere(append(problems, s.Notes...))
}

// Blocking returns what keeps a Service as it is until a person acts; nil without it.
// What passes by itself, problems of pods, and notes are in the status and are no
// events.
func (s Service) Blocking() *lane.Problem {
	switch {
	case s.State == lane.StateFrozen:
		return s.reason()
	case s.Problem != nil && (s.Problem.Reason == apiv1.ReasonConflict || s.Problem.Reason == apiv1.ReasonPatchRefused):
		return s.Problem
	}
	return nil
}

// settling names the lanes that are joining: those are what a person waits for.
func (s Service) settling() string {
	var joining []string
	for _, m := range s.Gray {
		if !slices.Contains(s.Routed, m.Lane) {
			joining = append(joining, m.Lane)
		}
	}
	if len(joining) > 0 {
		return fmt.Sprintf("lane %s %s", strings.Join(joining, ", "), s.words.Joining)
	}
	return s.words.Settling
}

// releaseProblem sums up the Rollouts that cannot release into a lane.
func (s Service) releaseProblem() *lane.Problem {
	var out *lane.Problem
	for _, release := range s.Releases {
		switch p := release.Problem; {
		case p == nil:
		case out == nil:
			out = &lane.Problem{Reason: p.Reason, Message: p.Message}
		default:
			out.Message += "; " + p.Message
		}
	}
	return out
}

// metricReason is the reason for the metric. Of a Service that is programmed it is that of
// a Rollout which cannot release into a lane; notes do not count.
func (s Service) metricReason() string {
	p := s.reason()
	if s.programmed() {
		p = s.releaseProblem()
	}
	if p == nil {
		return apiv1.ReasonProgrammed
	}
	return p.Reason
}
