package promise

import (
	"slices"
	"time"

	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// deeds are what people do to the lanes and to what requests need, besides
// releasing.
type deeds struct {
	harms  map[string][]*harm   // by service
	writes []time.Time          // to the mesh
	tags   map[string][]tagging // by tag
	// lanes are the gray lanes that tags ask for. One that is not here asks for the
	// samples', which has no name.
	lanes map[string]string
}

// harm is a time in which a person had broken what requests need.
type harm struct {
	span
	kind timeline.Kind // Harmed, NoBaseline or Untold
}

// tagging is since when a tag has a meaning.
type tagging struct {
	from time.Time
	what meaning
}

// meaning of a tag.
type meaning int

const (
	serves meaning = iota // it is a lane's
	moves                 // it may be, or not yet, or not any more
	gone                  // it is nobody's
)

func newDeeds() deeds {
	return deeds{harms: map[string][]*harm{}, tags: map[string][]tagging{}, lanes: map[string]string{}}
}

func (d *deeds) addDeed(e timeline.Event) {
	if e.Tag != "" && e.Lane != "" {
		d.lanes[e.Tag] = e.Lane
	}
	switch e.Kind {
	case timeline.Harmed, timeline.NoBaseline, timeline.Untold:
		d.harms[e.Service] = append(d.harms[e.Service], &harm{span{from: e.At}, e.Kind})
	case timeline.Written:
		d.writes = append(d.writes, e.At)
	case timeline.Healed:
		for _, h := range d.harms[e.Service] {
			if h.to.IsZero() {
				h.to = e.At
			}
		}
	case timeline.TagMoves:
		d.tags[e.Tag] = append(d.tags[e.Tag], tagging{e.At, moves})
	case timeline.TagServes:
		d.tags[e.Tag] = append(d.tags[e.Tag], tagging{e.At, serves})
	case timeline.TagGone:
		d.tags[e.Tag] = append(d.tags[e.Tag], tagging{e.At, gone})
	}
}

// excuses: the request was on its way while a person had broken what it needs,
// and it was lost, or fell back to the baseline. Nothing excuses a request in a
// lane or a version that it must not meet.
func (d *deeds) excuses(promise string, r load.Record) bool {
	for _, harms := range d.harms {
		for _, h := range harms {
			if !r.Start.After(or(h.to, forever)) && !r.End.Before(h.from) && d.explains(h, promise, r) {
				return true
			}
		}
	}
	return false
}

// explains: the harm is of a kind that does that to such a request.
func (d *deeds) explains(h *harm, promise string, r load.Record) bool {
	switch h.kind {
	case timeline.NoBaseline: // only requests of nobody's lane need it
		return promise == Whole && d.meaning(r) == gone
	case timeline.Untold: // only a lane's route names a subset that is new
		return promise == Whole && d.meaning(r) != gone && d.wroteSince(h.from, r)
	}
	return promise == Whole || promise == InLane || promise == Forward
}

// wroteSince: between then and the request's end there was something to tell proxies. The
// watch may hear of it a moment after they do.
func (d *deeds) wroteSince(from time.Time, r load.Record) bool {
	return slices.ContainsFunc(d.writes, func(at time.Time) bool {
		return !at.Before(from) && !at.After(r.End.Add(WatchGrace))
	})
}

// meaning of the request's tag while it was on its way. Without a tag it is
// nobody's.
func (d *deeds) meaning(r load.Record) meaning {
	if r.Tag == "" {
		return gone
	}
	now := serves
	for _, t := range d.tags[r.Tag] {
		switch {
		case !t.from.After(r.Start):
			now = t.what
		case !t.from.After(r.End) && t.what != now:
			return moves
		}
	}
	return now
}
