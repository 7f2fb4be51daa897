package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// Service is what is known about one Service of a group after a look at it.
type Service struct {
	// Observed: some look at the Service did not fail.
	Observed bool
	// State of its traffic; Problem is why it is pending or frozen, or why nothing
	// could be written.
	State   lane.State
	Problem *lane.Problem
	// Notes are about objects of others that have no effect because of ours, and
	// about pods that no request meets.
	Notes []lane.Problem
	// Complete: nothing is left to do for the plan.
	Complete bool
	// Routed are the lanes whose requests the mesh routes as planned, sorted.
	Routed []string
	// Baseline is the lane that serves everybody; Gray are the others that the
	// Service is in, sorted by lane.
	Baseline lane.Member
	Gray     []lane.Member
	// Isolated are the lanes whose pods every priority list keeps out by their
	// marker; Unnamed are those that neither an object nor a pod of the Service
	// names. Both are of lanes that were known at this look, sorted.
	Isolated, Unnamed []string
	Releases          []lane.Release

	words trafficprovider.Words
}

// NewService sums up one look. live is what was there before the writes.
func NewService(s lane.Snapshot, p lane.Plan, live trafficprovider.Live, o trafficprovider.Outcome, words trafficprovider.Words, now time.Time) Service {
	out := Service{
		Observed: true, State: p.State, Problem: cmp.Or(p.Problem, o.Problem), Notes: o.Notes, Complete: o.Complete(), Routed: o.Programmed,
		Baseline: p.Baseline, Gray: p.Gray, Releases: s.Releases, words: words,
	}
	if p.State == lane.StateManaged || p.State == lane.StateFrozen {
		out.addLeak(p.Unassigned.Leaking)
		if p.Unassigned.Unreachable != nil {
			out.Notes = append(slices.Clip(out.Notes), *p.Unassigned.Unreachable)
		}
	}
	for _, l := range s.Group.Lanes {
		if l.Name == p.Baseline.Lane || !s.Service.Found || live.Isolates(l.Name, now) {
			out.Isolated = append(out.Isolated, l.Name)
		}
		if !live.Names(l.Name) && !marked(s.Pods, l.Name) {
			out.Unnamed = append(out.Unnamed, l.Name)
		}
	}
	return out
}

// addLeak says whom everybody meets, whatever else is wrong.
func (s *Service) addLeak(p *lane.Problem) {
	switch {
	case p == nil:
	case s.Problem == nil:
		s.Problem = p
	default:
		s.Problem = &lane.Problem{Reason: s.Problem.Reason, Message: s.Problem.Message + "; " + p.Message}
	}
}

// failed keeps what was known and says that a look at the Service failed.
func (s Service) failed() Service {
	s.Complete = false
	s.Problem = WriteFailed()
	s.Isolated, s.Unnamed = nil, nil
	return s
}

func marked(pods []lane.Pod, laneName string) bool {
	return slices.ContainsFunc(pods, func(p lane.Pod) bool {
		_, ok := p.Labels[apiv1.LaneMarker(laneName)]
		return ok
	})
}

// programmed reports whether the mesh routes the Service by lane and is up to date.
func (s Service) programmed() bool {
	return s.State == lane.StateManaged && s.Complete && s.Problem == nil
}

// Member returns the Service's part in a lane; false when it is not in it.
func (s Service) Member(laneName string) (lane.Member, bool) {
	if s.Baseline.Lane == laneName {
		return s.Baseline, true
	}
	for _, m := range s.Gray {
		if m.Lane == laneName {
			return m, true
		}
	}
	return lane.Member{}, false
}

// Serves reports whether requests of the lane meet the Service in it.
func (s Service) Serves(laneName string) bool {
	_, in := s.Member(laneName)
	return in && slices.Contains(s.Routed, laneName)
}

// Release returns what a Rollout released at this look; the zero value if there was
// no such Rollout.
func (s Service) Release(rollout string) lane.Release {
	for _, release := range s.Releases {
		if release.Rollout == rollout {
			return release
		}
	}
	return lane.Release{}
}

// reason says why the Service is not programmed, or what is wrong although it
// is; nil when all is well.
func (s Service) reason() *lane.Problem {
	switch {
	case s.State == lane.StateFrozen:
		return &lane.Problem{Reason: apiv1.ReasonFrozen, Message: "traffic stays as it was: " + s.Problem.Message}
	case s.Problem != nil:
		return mostSevere(append([]lane.Problem{*s.Problem}, s.Notes...))
	case s.State == lane.StateWithdrawn:
		return &lane.Problem{Reason: apiv1.ReasonDeleting, Message: s.words.Withdrawing}
	case !s.Complete:
		return &lane.Problem{Reason: apiv1.ReasonSettling, Message: s.settling()}
	}
	if p := s.releaseProblem(); p != nil {
		return mostSevere(append([]lane.Problem{*p}, s.Notes...))
	}
	return mostSevere(s.Notes)
}

// Blocking is what keeps a Service as it is until somebody does something; nil
// without it. What passes, what is about pods, and notes of what has no effect
// stand in the status and are no event.
func (s Service) Blocking() *lane.Problem {
	switch {
	case s.State == lane.StateFrozen:
		return s.reason()
	case s.Problem != nil && (s.Problem.Reason == apiv1.ReasonConflict || s.Problem.Reason == apiv1.ReasonPatchRefused):
		return s.Problem
	}
	return nil
}

// settling names the lanes on their way in: the only ones a person waits for.
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

// inGroup is the row in the group's status.
func (s Service) inGroup(key lane.GroupService) apiv1.GroupServiceStatus {
	out := apiv1.GroupServiceStatus{
		Namespace: key.Service.Namespace, Name: key.Service.Name,
		BaselineReady: s.Baseline.Ready, Programmed: s.programmed(),
	}
	for _, m := range s.Gray {
		out.Lanes = append(out.Lanes, m.Lane)
	}
	if p := s.reason(); p != nil {
		out.Reason, out.Message = p.Reason, p.Message
	}
	return out
}

// inLane is the row in the status of a lane that the Service is in.
func (s Service) inLane(key lane.GroupService, m lane.Member) apiv1.LaneServiceStatus {
	out := apiv1.LaneServiceStatus{
		Namespace: key.Service.Namespace, Name: key.Service.Name, Pods: m.Pods, Ready: m.Ready,
	}
	routed := slices.Contains(s.Routed, m.Lane)
	switch p := s.reason(); {
	case p != nil && s.State != lane.StateManaged, p != nil && s.Problem != nil:
		out.Reason, out.Message = p.Reason, p.Message
	case m.Ready == 0 && m.Lane == s.Baseline.Lane:
		out.Reason, out.Message = apiv1.ReasonNoBaselinePod, fmt.Sprintf("none of its %d baseline pods is ready: look at those pods", m.Pods)
	case m.Ready == 0 && m.Pods == 0:
		out.Reason, out.Message = apiv1.ReasonNoReadyPods, "it has no pod in the lane; tagged requests meet the baseline"
	case m.Ready == 0:
		out.Reason, out.Message = apiv1.ReasonNoReadyPods, fmt.Sprintf("none of its %d pods is ready, and tagged requests meet the baseline: look at those pods", m.Pods)
	case !routed:
		out.Reason, out.Message = apiv1.ReasonSettling, s.words.Routing
	}
	return out
}
