package promise

import "lanekeeper.io/test/load"

// chooses: the request's tag asks for the lane that the release goes into. To
// everybody else the release is like one of no lane.
func (h *history) chooses(r load.Record, rel *release) bool {
	return r.Tag != "" && rel.lane == h.lanes[r.Tag]
}

// laneOf a canary pod: its release's. One that nobody published is of the samples'.
func (h *history) laneOf(p *pod) string {
	if rel := h.releaseOf(p); rel != nil {
		return rel.lane
	}
	return ""
}
