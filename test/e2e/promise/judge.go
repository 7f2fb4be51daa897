package promise

import (
	"fmt"
	"time"

	"lanekeeper.io/test/load"
)

// judgeHop says which promise a hop breaks, and how; two empty strings when
// none.
func (h *history) judgeHop(r load.Record, hop load.Hop) (promise, why string) {
	p := h.pods[hop.IP]
	switch {
	case p == nil || p.service != hop.App || p.version != hop.Version:
		return Known, fmt.Sprintf("%s:%s at %s is no pod that we know", hop.App, hop.Version, hop.IP)
	case h.removed.unmanaged(hop.App, r):
		return h.judgeUnmanaged(r, hop)
	case r.Tag == "" && p.canary:
		return Outside, fmt.Sprintf("%s was answered by the canary pod %s", hop.App, p.name)
	case p.canary && h.laneOf(p) != h.lanes[r.Tag]:
		return Another, fmt.Sprintf("%s was answered by %s, which is of lane %q", hop.App, p.name, h.laneOf(p))
	case h.beforeApproval(r, hop):
		return Approval, fmt.Sprintf("%s:%s was not approved yet", hop.App, hop.Version)
	case r.Tag != "" && h.unattended(r):
		return h.judgeUnattended(r, hop)
	case !h.offered(r, hop):
		return Withdraw, fmt.Sprintf("%s:%s was not to be met any more", hop.App, hop.Version)
	case r.Tag == "", h.removed.noLanes(r) && len(h.tags[r.Tag]) == 0: // else the tag's own word counts
		return "", ""
	}
	if h.meaning(r) == moves {
		return "", "" // its lane may be there, or not
	}
	if canary := h.owed(r, hop); canary != "" {
		return InLane, fmt.Sprintf("%s was answered by %s (%s), though %s was ready", hop.App, p.name, p.version, canary)
	}
	if h.wentBack(r, hop) {
		return Forward, fmt.Sprintf("%s:%s after its successor's approval", hop.App, hop.Version)
	}
	return "", ""
}

// judgeUnattended: without a manager nobody joins a lane or leaves it. Whoever was
// in it is not thrown back, and everybody else's promises hold all the same.
func (h *history) judgeUnattended(r load.Record, hop load.Hop) (promise, why string) {
	if h.meaning(r) != moves && h.wentBack(r, hop) {
		return Forward, fmt.Sprintf("%s:%s after its successor's approval", hop.App, hop.Version)
	}
	return "", ""
}

// judgeUnmanaged: without our objects a Service's requests, tagged or not, are
// spread over all of its pods, as they were before us. A version that was taken
// back is nobody's all the same.
func (h *history) judgeUnmanaged(r load.Record, hop load.Hop) (promise, why string) {
	if !h.offeredTo(r, hop, func(*release) bool { return true }) {
		return Withdraw, fmt.Sprintf("%s:%s was not to be met any more", hop.App, hop.Version)
	}
	return "", ""
}

// beforeApproval: the version is one that is released, into a lane that the
// request did not choose, and that had not been approved when it was answered.
func (h *history) beforeApproval(r load.Record, hop load.Hop) bool {
	if h.approvedBy(hop, r) {
		return false
	}
	released := false
	for _, rel := range h.releases[hop.App] {
		if rel.new == hop.Version && h.chooses(r, rel) {
			return false
		}
		released = released || rel.new == hop.Version
	}
	return released
}

// approvedBy: the pod is the first baseline's, or its release was approved and
// not taken back, or brings what was there already. The request's end counts,
// not its start: it may have been on its way when the command ran.
func (h *history) approvedBy(hop load.Hop, r load.Record) bool {
	rel := h.releaseOf(h.pods[hop.IP])
	if rel == nil {
		return hop.Version == h.base[hop.App]
	}
	return rel.old == rel.new || !rel.approved.IsZero() && !rel.approved.After(r.End) && !rel.over(r.Start)
}

// offered: a version that this request may meet at all.
func (h *history) offered(r load.Record, hop load.Hop) bool {
	return h.offeredTo(r, hop, func(rel *release) bool { return h.chooses(r, rel) })
}

// offeredTo is offered for requests that may meet the releases which are theirs.
func (h *history) offeredTo(r load.Record, hop load.Hop, theirs func(*release) bool) bool {
	if h.approvedBy(hop, r) {
		return true
	}
	for _, rel := range h.releases[hop.App] {
		if theirs(rel) && rel.new == hop.Version && !rel.published.After(r.End) && !rel.over(r.Start) {
			return true
		}
	}
	return false
}

// over: nobody may meet the release's version any more.
func (r *release) over(at time.Time) bool {
	switch {
	case !r.undoDone.IsZero() && !r.approved.IsZero():
		// The baseline had begun to change: it goes back pod by pod.
		return at.After(latest(r.undoDone.Add(UndoGrace), r.lastReady.Add(PodGrace)))
	case !r.undoDone.IsZero():
		return at.After(r.undoDone.Add(UndoGrace))
	case !r.superseded.IsZero():
		// Kruise takes the pods away; until then they are the lane's.
		return at.After(latest(r.superseded, r.lastReady.Add(PodGrace)))
	}
	return false
}

// owed returns the canary pod that should have answered a tagged request, if
// another did.
func (h *history) owed(r load.Record, hop load.Hop) string {
	if h.pods[hop.IP].canary {
		return "" // which of two releases' canaries is a matter of offered
	}
	for _, rel := range h.releases[hop.App] {
		end := earliest(rel.approved, rel.undoAsked, rel.superseded)
		if !h.chooses(r, rel) || r.Start.Before(h.settled(rel)) || !r.End.Before(end) {
			continue
		}
		for _, p := range h.names {
			if p.canary && p.service == hop.App && p.version == rel.new && p.serves(r) {
				return p.name
			}
		}
	}
	return ""
}

// serves: the pod was ready long enough before the request, and until its end.
func (p *pod) serves(r load.Record) bool {
	for _, s := range p.ready {
		if !r.Start.Before(s.from.Add(Join)) && r.End.Before(or(s.to, forever)) {
			return true
		}
	}
	return false
}

// wentBack: a tagged request met the old version although its successor was
// approved, and the lane had it before.
func (h *history) wentBack(r load.Record, hop load.Hop) bool {
	releases := h.releases[hop.App]
	for i, rel := range releases {
		if !h.chooses(r, rel) || rel.old != hop.Version || rel.old == rel.new || rel.approved.IsZero() || rel.firstReady.IsZero() || h.awayAt(rel.published) {
			continue
		}
		from := latest(latest(rel.approved, h.settled(rel)), rel.firstReady.Add(Join))
		if !r.Start.Before(from) && r.End.Before(rel.stands(releases[i+1:])) {
			return true
		}
	}
	return false
}

// stands is until when nobody may go back to what the release replaced: until
// it is undone, or the old version is published again. Where Kruise promoted
// without approval it takes the canary away and waits for nobody; until the
// baseline is replaced the old version is all there is.
func (r *release) stands(later []*release) time.Time {
	until := or(r.undoAsked, forever)
	for _, l := range later {
		if l.new == r.old {
			until = earliest(until, l.published)
		}
	}
	if r.ungated {
		until = earliest(until, r.canaryGone, r.canaryUntil)
	}
	return until
}
