package status

import (
	"cmp"
	"fmt"
	"slices"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// rowLimit is that of a row's message: there may be thousands of rows.
const rowLimit = 700

// inGroup is the Service's entry in the group's status.
func (s Service) inGroup(key lane.GroupService) apiv1.GroupServiceStatus {
	out := apiv1.GroupServiceStatus{
		Namespace: key.Service.Namespace, Name: key.Service.Name,
		BaselineReady: s.Baseline.Ready, Programmed: s.programmed(),
	}
	for _, m := range s.Gray {
		out.Lanes = append(out.Lanes, m.Lane)
	}
	if p := s.reason(); p != nil {
		out.Reason, out.Message = p.Reason, lane.Cut(p.Message, rowLimit)
	}
	return out
}

// inLane is the Service's entry in the status of a lane that it is in.
func (s Service) inLane(key lane.GroupService, m lane.Member) apiv1.LaneServiceStatus {
	out := apiv1.LaneServiceStatus{
		Namespace: key.Service.Namespace, Name: key.Service.Name, Pods: m.Pods, Ready: m.Ready,
	}
	routed, cure := slices.Contains(s.Routed, m.Lane), cmp.Or(m.Unreached, "look at those pods")
	switch p := s.reason(); {
	case p != nil && s.State != lane.StateManaged, p != nil && s.Problem != nil && s.Awaited == "":
		out.Reason, out.Message = p.Reason, lane.Cut(p.Message, rowLimit)
	case m.Ready == 0 && m.Lane == s.Baseline.Lane:
		out.Reason, out.Message = apiv1.ReasonNoBaselinePod, fmt.Sprintf("none of its baseline pods is ready (0/%d): %s", m.Pods, cure)
	case m.Ready == 0 && m.Pods == 0:
		out.Reason, out.Message = apiv1.ReasonNoReadyPods, "it has no pod in the lane; "+s.elsewhere()
	case m.Ready == 0 && s.Unready && m.Unreached == "":
		out.Reason, out.Message = apiv1.ReasonNoReadyPods, fmt.Sprintf("none of its pods is ready (0/%d), and tagged requests meet them all the same, because the Service sets publishNotReadyAddresses: take that out, and look at those pods", m.Pods)
	case m.Ready == 0:
		out.Reason, out.Message = apiv1.ReasonNoReadyPods, fmt.Sprintf("none of its pods is ready (0/%d), and %s: %s", m.Pods, s.elsewhere(), cure)
	case !routed:
		out.Reason, out.Message = apiv1.ReasonSettling, s.words.Routing
	}
	return out
}

// elsewhere is what becomes of requests that find no pod in their lane.
func (s Service) elsewhere() string {
	if s.Mode == lane.Strict {
		return "callers in the lane are answered 503"
	}
	return "tagged requests meet the baseline"
}
