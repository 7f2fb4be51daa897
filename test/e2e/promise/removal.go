package promise

import (
	"strings"
	"time"

	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// Retake is how long after lanes, or the objects that route to them, are back
// requests may still go as without them: every proxy has to learn of it.
const Retake = 5 * time.Second

// Heard is how long after an object has gone the timeline may say so, which hears of it by a
// watch as the proxies do: where both cores are busy they may be the first.
const Heard = 500 * time.Millisecond

// removals are the times for which somebody took lanes away. What they excuse
// needs that word: objects that vanish without it excuse nothing.
type removals struct {
	// lanes: a tag chooses nothing.
	lanes []span
	// services have no object of ours that says who serves them, so that the
	// canary pods that live serve everybody.
	services map[string][]span
	// entry: our way in is gone.
	entry []span
	// group: somebody removed the group and has not applied it again.
	group bool
}

func (r *removals) add(e timeline.Event) {
	switch e.Kind {
	case timeline.LaneRemoved:
		r.lanes = open(r.lanes, e.At)
	case timeline.GroupRemoved:
		r.lanes, r.group = open(r.lanes, e.At), true
	case timeline.Unmanaged:
		if r.group && e.Service != "" {
			r.services[e.Service] = open(r.services[e.Service], e.At.Add(-Heard))
		} else if r.group {
			r.entry = open(r.entry, e.At.Add(-Heard))
		}
	case timeline.Managed:
		if e.Service != "" {
			shut(r.services[e.Service], e.At)
			return
		}
		shut(r.entry, e.At)
	case timeline.Restored:
		shut(r.lanes, e.At)
		r.group = false
	}
}

// noLanes: the request was under way while its tag chose nothing.
func (r *removals) noLanes(of load.Record) bool { return during(r.lanes, of) }

// unmanaged: the request was under way while nothing of ours said who serves
// the service.
func (r *removals) unmanaged(service string, of load.Record) bool {
	return during(r.services[service], of)
}

// noEntry: the request asked for a way in that was not there.
func (r *removals) noEntry(of load.Record) bool {
	return strings.HasPrefix(of.Err, "HTTP 404") && during(r.entry, of)
}

func open(spans []span, at time.Time) []span {
	if n := len(spans); n > 0 && spans[n-1].to.IsZero() {
		return spans
	}
	return append(spans, span{from: at})
}

func shut(spans []span, at time.Time) {
	if n := len(spans); n > 0 && spans[n-1].to.IsZero() {
		spans[n-1].to = at
	}
}

func during(spans []span, r load.Record) bool {
	for _, s := range spans {
		if !r.End.Before(s.from) && !r.Start.After(or(s.to, forever).Add(Retake)) {
			return true
		}
	}
	return false
}
