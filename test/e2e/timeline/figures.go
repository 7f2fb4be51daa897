package timeline

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Reaction is how the mesh followed one change of a Rollout.
type Reaction struct {
	Service string
	To      string        // publish, approve or undo
	Writes  int           // of the service's own objects
	Took    time.Duration // from Kruise's change to the last of those writes
}

// Reactions finds, for every publish, approve and undo, the writes to the
// service's traffic objects that it caused. Writes that come in two stages have
// one settle time between them, which is taken off.
func Reactions(events []Event, settle time.Duration) []Reaction {
	var all []Reaction
	for i, e := range events {
		if e.Kind != Published && e.Kind != Approved && e.Kind != UndoAsked {
			continue
		}
		rest := untilNext(events[i+1:], e.Service)
		var writes []Event
		for _, w := range rest {
			if w.Kind == Written && w.Service == e.Service {
				writes = append(writes, w)
			}
		}
		r := Reaction{Service: e.Service, To: string(e.Kind), Writes: len(writes)}
		if cause := causeOf(e, rest); !cause.IsZero() && len(writes) > 0 {
			last := writes[len(writes)-1].At
			r.Took = last.Sub(cause)
			if last.Sub(writes[0].At) >= settle*9/10 {
				r.Took -= settle
			}
		}
		all = append(all, r)
	}
	return all
}

// untilNext cuts the events at the service's next publish, approve or undo.
func untilNext(events []Event, service string) []Event {
	next := slices.IndexFunc(events, func(e Event) bool {
		return e.Service == service && (e.Kind == Published || e.Kind == Approved || e.Kind == UndoAsked)
	})
	if next < 0 {
		return events
	}
	return events[:next]
}

// causeOf is the moment from which we could have reacted: when Kruise began the
// release or took it back; after an approval, when it had promoted, since the
// lane stays until then. The watches of the Rollout and of what we wrote may
// come in either order, so the first write may be the earlier one.
func causeOf(e Event, rest []Event) time.Time {
	sign := map[Kind]string{Published: "Progressing", UndoAsked: "Cancelling", Approved: "Completed succeeded"}[e.Kind]
	var cause time.Time
	for _, x := range rest {
		seen := x.Service == e.Service && (x.Kind == Written || x.Kind == Stage && strings.Contains(x.Detail, sign))
		if seen && cause.IsZero() {
			cause = x.At
		}
	}
	return cause
}

// Writes counts the mesh writes among the events.
func Writes(events []Event) int {
	n := 0
	for _, e := range events {
		if e.Kind == Written {
			n++
		}
	}
	return n
}

// String is one line.
func (r Reaction) String() string {
	return fmt.Sprintf("%s %s: %d mesh writes, the last %dms after Kruise's change (settle apart)",
		r.To, r.Service, r.Writes, r.Took.Milliseconds())
}

// ReadyThroughout reports whether a pod with the address was ready from one time to
// another, as the watch saw it.
func ReadyThroughout(events []Event, ip string, from, to time.Time) bool {
	pod, ready := "", false
	for _, e := range events {
		if e.At.After(to) {
			break
		}
		switch {
		case e.Kind == PodSeen && e.IP == ip:
			pod, ready = e.Pod, false
		case pod == "" || e.Pod != pod:
		case e.Kind == PodReady:
			ready = !e.At.After(from)
		case e.Kind == PodEnds || e.Kind == PodGone || e.Kind == Killed:
			ready = false
		}
	}
	return ready
}
