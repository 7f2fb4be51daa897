package status

import (
	"cmp"
	"slices"
	"time"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// Service is what became of one Service of a group when it was reconciled.
type Service struct {
	// Observed is set once the Service could be observed.
	Observed bool
	// State of its traffic; Problem is why it is pending or frozen, or why nothing
	// could be written.
	State   lane.State
	Problem *lane.Problem
	// Notes are about foreign objects that have no effect because of ours, about pods
	// that get no requests, and about settings of the Service.
	Notes []lane.Problem
	// Complete is set when nothing is left to do for the plan.
	Complete bool
	// Routed are the lanes whose requests the mesh routes as planned, sorted.
	Routed []string
	// Baseline is the lane that serves untagged requests; Gray are the others that the
	// Service is in, sorted by lane.
	Baseline lane.Member
	Gray     []lane.Member
	// Lacking are the lanes whose callers are refused; none in a permissive group.
	Lacking []lane.Member
	Mode    lane.Mode
	// Awaited is the lane that is to be the baseline, and has no ready pod yet; empty without one.
	Awaited string
	// Isolated are the lanes whose pods every priority list keeps out by their marker.
	// Unnamed are those that neither an object nor a pod of the Service names. Both are
	// of the lanes that the group had then, sorted.
	Isolated, Unnamed []string
	Releases          []lane.Release
	// Ports are the Service's port numbers, which ingress rules depend on.
	Ports []int32
	// Hidden is why requests from the Gateway do not reach the Service; nil where they do.
	Hidden *lane.Problem
	// Unready is set when requests meet pods that are not ready, too.
	Unready bool

	words trafficprovider.Words
}

// NewService sums up one reconciliation. live is from before the writes.
func NewService(s lane.Snapshot, p lane.Plan, live trafficprovider.Live, o trafficprovider.Outcome, words trafficprovider.Words, now time.Time) Service {
	out := Service{
		Observed: true, State: p.State, Problem: cmp.Or(p.Problem, o.Problem), Notes: o.Notes, Complete: o.Complete(), Routed: o.Programmed,
		Baseline: p.Baseline, Gray: p.Gray, Lacking: p.Lacking, Hidden: p.Hidden, Mode: p.Mode, Releases: s.Standing().Releases, Ports: p.Ports, Unready: s.Service.Unready, words: words,
	}
	if to, ok := s.Group.BaselineOf(s.Service.Key); ok && p.State == lane.StateManaged && p.Problem != nil && p.Problem.Reason == apiv1.ReasonNoBaselinePod && to.Name != p.Baseline.Lane {
		out.Awaited = to.Name
	}
	out.Notes = append(slices.Clip(out.Notes), p.Notes...)
	if p.Problem != nil && o.Problem != nil {
		out.Notes = append(out.Notes, *o.Problem)
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

// addLeak adds the problem of leaking pods to whatever else is wrong.
func (s *Service) addLeak(p *lane.Problem) {
	switch {
	case p == nil:
	case s.Problem == nil:
		s.Problem = p
	default:
		s.Problem = &lane.Problem{Reason: s.Problem.Reason, Message: s.Problem.Message + "; " + p.Message}
	}
}

// failed returns what was known, with the problem that the last reconciliation failed.
func (s Service) failed() Service {
	s.Complete = false
	s.Problem = WriteFailed()
	s.Isolated, s.Unnamed = nil, nil
	return s
}

// marked reports whether a pod carries the lane's marker.
func marked(pods []lane.Pod, laneName string) bool {
	return slices.ContainsFunc(pods, func(p lane.Pod) bool {
		_, ok := p.Labels[apiv1.LaneMarker(laneName)]
		return ok
	})
}

func (s Service) takenOver() bool { return s.State == lane.StateManaged || s.State == lane.StateFrozen }

// programmed reports whether the mesh routes the Service by lane and is up to date.
func (s Service) programmed() bool {
	return s.State == lane.StateManaged && s.Complete && s.Problem == nil
}

// Member returns the Service's part in a lane; false when it is not in it.
func (s Service) Member(laneName string) (lane.Member, bool) {
	if s.Baseline.Lane == laneName {
		return s.Baseline, true
	}
	return lane.MemberOf(s.Gray, laneName)
}

// lacks reports whether callers of the lane are refused at the Service.
func (s Service) lacks(laneName string) bool {
	_, lacks := lane.MemberOf(s.Lacking, laneName)
	return lacks
}

// Serves reports whether requests of the lane are routed to the Service's pods in it.
func (s Service) Serves(laneName string) bool {
	_, in := s.Member(laneName)
	return in && slices.Contains(s.Routed, laneName)
}

// Release returns what a Rollout released then; the zero value if there was no such
// Rollout.
func (s Service) Release(rollout string) lane.Release {
	for _, release := range s.Releases {
		if release.Rollout == rollout {
			return release
		}
	}
	return lane.Release{}
}
