package collapse

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"lanekeeper.io/test/load"
)

const (
	// saturated is from which share on the cores count as all in use: the kernel's
	// count of a second is a little off.
	saturated = 0.95
	// late is from when on the sending of a request is late. A busy machine shifts
	// requests by tenths of it.
	late = time.Second
	// before is how long before a request was sent what it suffers from may have
	// begun: what was in the queue then is in front of it.
	before = 5 * time.Second
)

// Attempt is a proxy's attempt to connect to a pod that was ready all the time, and
// that timed out.
type Attempt struct{ From, To time.Time }

// Signs are what is known of the machine during a run.
type Signs struct {
	Seconds  []load.Second
	TimedOut []Attempt
}

// slow are the ways in which a request is lost that waits too long. Others, such as a
// route that leads nowhere, have nothing to do with waiting.
var slow = []string{
	load.NotSent,
	"Client.Timeout", "deadline exceeded", "i/o timeout", // of the sender, or of an application
	"connection timeout", "connection_timeout", "request timeout", // of a proxy
}

func tooSlow(r load.Record) bool {
	return slices.ContainsFunc(slow, func(words string) bool { return strings.Contains(r.Err, words) })
}

// Explain reports whether the machine explains why a request was lost.
func (s Signs) Explain(r load.Record) bool {
	if !tooSlow(r) {
		return false
	}
	from, to := r.Start.Add(-before), r.End
	timedOut := slices.ContainsFunc(s.TimedOut, func(a Attempt) bool { return a.From.Before(to) && a.To.After(from) })
	return slices.ContainsFunc(s.Seconds, func(x load.Second) bool {
		within := x.End.After(from) && x.End.Before(to.Add(time.Second))
		return within && x.Busy >= saturated && (timedOut || x.Full || x.Late >= late)
	})
}

// ExplainFallback reports whether the machine explains why a request met the
// baseline though its lane had a ready pod: one that its caller could not connect to in
// time is passed over.
func (s Signs) ExplainFallback(r load.Record) bool {
	return slices.ContainsFunc(s.TimedOut, func(a Attempt) bool {
		return a.From.Before(r.End) && a.To.After(r.Start) && s.saturatedWithin(a.From, a.To)
	})
}

func (s Signs) saturatedWithin(from, to time.Time) bool {
	return slices.ContainsFunc(s.Seconds, func(x load.Second) bool {
		return x.Busy >= saturated && x.End.After(from) && x.End.Before(to.Add(time.Second))
	})
}

// Print writes a line per second, for who doubts the verdict.
func (s Signs) Print(out io.Writer, zero time.Time) {
	for _, x := range s.Seconds {
		fmt.Fprintf(out, "%8.2fs  cores %3.0f%%  late %5dms  bound reached %t\n", x.End.Sub(zero).Seconds(), 100*x.Busy, x.Late.Milliseconds(), x.Full)
	}
	for _, a := range s.TimedOut {
		fmt.Fprintf(out, "%8.2fs  a connection to a ready pod timed out after %s\n", a.From.Sub(zero).Seconds(), a.To.Sub(a.From))
	}
}

// String names the signs that there are.
func (s Signs) String() string {
	busy, longest, full := 0, time.Duration(0), 0
	for _, x := range s.Seconds {
		if x.Busy >= saturated {
			busy++
		}
		if x.Full {
			full++
		}
		longest = max(longest, x.Late)
	}
	all := []string{
		fmt.Sprintf("all cores in use in %d of %d seconds", busy, len(s.Seconds)),
		fmt.Sprintf("requests sent up to %s late", longest.Round(time.Millisecond)),
	}
	if full > 0 {
		all = append(all, fmt.Sprintf("a stream's bound of open requests reached in %d seconds", full))
	}
	if len(s.TimedOut) > 0 {
		all = append(all, fmt.Sprintf("%d connections to ready pods timed out", len(s.TimedOut)))
	}
	return strings.Join(all, ", ")
}
