package rolloutwatch

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

// row is what is known about one Service after a look at it.
type row struct {
	// looked: some look at the Service did not fail.
	looked bool
	// state of its traffic; problem is why it is pending or frozen, or why
	// nothing could be written.
	state   lane.State
	problem *lane.Problem
	// notes are about objects of others that have no effect because of ours, and
	// about pods that no request meets.
	notes []lane.Problem
	// complete: nothing is left to do for the plan.
	complete bool
	// routed are the lanes whose requests the mesh routes as planned, sorted.
	routed []string
	// baseline is the lane that serves everybody; gray are the others that the
	// Service is in, sorted by lane.
	baseline lane.Member
	gray     []lane.Member
	// listed are the lanes that every priority keeps out by their marker; free
	// are those that neither an object nor a pod of the Service names. Both are
	// of lanes that were known at this look, sorted.
	listed, free []string
	releases     []lane.Release
}

// newRow sums up one look. live is what was there before the writes.
func newRow(s lane.Snapshot, p lane.Plan, live trafficprovider.Live, o trafficprovider.Outcome, now time.Time) row {
	r := row{
		looked: true, state: p.State, problem: cmp.Or(p.Problem, o.Problem), notes: o.Notes, complete: o.Complete, routed: o.Programmed,
		baseline: p.Baseline, gray: p.Gray, releases: s.Releases,
	}
	if p.State == lane.StateManaged || p.State == lane.StateFrozen {
		r.exposes(p.Strays.Exposed)
		if p.Strays.Unserved != nil {
			r.notes = append(slices.Clip(r.notes), *p.Strays.Unserved)
		}
	}
	for _, l := range s.Group.Lanes {
		if l.Name == p.Baseline.Lane || !s.Service.Found || live.Listed(l.Name, now) {
			r.listed = append(r.listed, l.Name)
		}
		if !live.Names(l.Name) && !marked(s.Pods, l.Name) {
			r.free = append(r.free, l.Name)
		}
	}
	return r
}

// exposes says whom everybody meets, whatever else is wrong.
func (r *row) exposes(p *lane.Problem) {
	switch {
	case p == nil:
	case r.problem == nil:
		r.problem = p
	default:
		r.problem = &lane.Problem{Reason: r.problem.Reason, Message: r.problem.Message + "; " + p.Message}
	}
}

// failedRow keeps what was known and says that a look at the Service failed.
func failedRow(last row) row {
	last.complete = false
	last.problem = writeFailed()
	last.listed, last.free = nil, nil
	return last
}

func marked(pods []lane.Pod, laneName string) bool {
	return slices.ContainsFunc(pods, func(p lane.Pod) bool {
		_, ok := p.Labels[apiv1.LaneMarker(laneName)]
		return ok
	})
}

// programmed: the mesh routes the Service by lane and is up to date.
func (r row) programmed() bool {
	return r.state == lane.StateManaged && r.complete && r.problem == nil
}

// member is the Service's part in a lane; false when it is not in it.
func (r row) member(laneName string) (lane.Member, bool) {
	if r.baseline.Lane == laneName {
		return r.baseline, true
	}
	for _, m := range r.gray {
		if m.Lane == laneName {
			return m, true
		}
	}
	return lane.Member{}, false
}

// reason says why the Service is not programmed, or what is wrong although it
// is; nil when all is well.
func (r row) reason() *lane.Problem {
	switch {
	case r.state == lane.StateFrozen:
		return &lane.Problem{Reason: apiv1.ReasonFrozen, Message: "traffic stays as it was: " + r.problem.Message}
	case r.problem != nil:
		return worst(append([]lane.Problem{*r.problem}, r.notes...))
	case r.state == lane.StateWithdrawn:
		return &lane.Problem{Reason: apiv1.ReasonDeleting, Message: "its routes and subsets leave the mesh"}
	case !r.complete:
		return &lane.Problem{Reason: apiv1.ReasonSettling, Message: r.settling()}
	}
	if p := r.releaseProblem(); p != nil {
		return worst(append([]lane.Problem{*p}, r.notes...))
	}
	return worst(r.notes)
}

// settling names the lanes on their way in: the only ones a person waits for.
func (r row) settling() string {
	var joining []string
	for _, m := range r.gray {
		if !slices.Contains(r.routed, m.Lane) {
			joining = append(joining, m.Lane)
		}
	}
	if len(joining) > 0 {
		return fmt.Sprintf("lane %s joins when every proxy knows its subset", strings.Join(joining, ", "))
	}
	return "a subset is added or removed: it waits one settle, until every proxy knows it, or none routes to it"
}

// releaseProblem sums up the Rollouts that cannot release into a lane.
func (r row) releaseProblem() *lane.Problem {
	var out *lane.Problem
	for _, release := range r.releases {
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

// groupStatus is the row in its group's status.
func (r row) groupStatus(key serviceRequest) apiv1.GroupServiceStatus {
	s := apiv1.GroupServiceStatus{
		Namespace: key.Service.Namespace, Name: key.Service.Name,
		BaselineReady: r.baseline.Ready, Programmed: r.programmed(),
	}
	for _, m := range r.gray {
		s.Lanes = append(s.Lanes, m.Lane)
	}
	if p := r.reason(); p != nil {
		s.Reason, s.Message = p.Reason, p.Message
	}
	return s
}

// laneStatus is the row in the status of a lane that the Service is in.
func (r row) laneStatus(key serviceRequest, m lane.Member) apiv1.LaneServiceStatus {
	s := apiv1.LaneServiceStatus{
		Namespace: key.Service.Namespace, Name: key.Service.Name, Pods: m.Pods, Ready: m.Ready,
	}
	routed := slices.Contains(r.routed, m.Lane)
	switch p := r.reason(); {
	case p != nil && r.state != lane.StateManaged, p != nil && r.problem != nil:
		s.Reason, s.Message = p.Reason, p.Message
	case m.Ready == 0 && m.Lane == r.baseline.Lane:
		s.Reason, s.Message = apiv1.ReasonNoBaselinePod, fmt.Sprintf("none of its %d baseline pods is ready: look at those pods", m.Pods)
	case m.Ready == 0 && m.Pods == 0:
		s.Reason, s.Message = apiv1.ReasonNoReadyPods, "it has no pod in the lane; tagged requests meet the baseline"
	case m.Ready == 0:
		s.Reason, s.Message = apiv1.ReasonNoReadyPods, fmt.Sprintf("none of its %d pods is ready, and tagged requests meet the baseline: look at those pods", m.Pods)
	case !routed:
		s.Reason, s.Message = apiv1.ReasonSettling, "the route joins when every proxy knows the lane's subset"
	}
	return s
}
