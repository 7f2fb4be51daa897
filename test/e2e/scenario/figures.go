package scenario

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// figures add up what a whole run measured.
type figures struct {
	mu                    sync.Mutex
	sent, lost, misrouted int
	releases, writes      int
	slowest               timeline.Reaction
	reactions             []time.Duration
	p99                   time.Duration // of the worst scenario
	times                 []timed
	more                  []string
}

// timed is how long a scenario took.
type timed struct {
	name string
	took time.Duration
}

func (f *figures) add(r promise.Report, reactions []timeline.Reaction, writes int, s load.Summary) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.sent += r.Sent
	f.lost += r.Lost
	f.misrouted += r.Misrouted
	f.writes += writes
	f.p99 = max(f.p99, s.P99)
	for _, reaction := range reactions {
		if reaction.To == string(timeline.Published) {
			f.releases++
		}
		f.reactions = append(f.reactions, reaction.Took)
		if reaction.Took > f.slowest.Took {
			f.slowest = reaction
		}
	}
}

// took notes the time of an attempt.
func (f *figures) took(name string, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.times = append(f.times, timed{name, took})
}

// note keeps a line for the end of the run.
func (f *figures) note(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.more = append(f.more, fmt.Sprintf(format, args...))
}

func (f *figures) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.times) == 0 {
		return ""
	}
	var b strings.Builder
	slices.SortFunc(f.times, func(a, b timed) int { return int(b.took - a.took) })
	fmt.Fprintln(&b, "\nseconds per scenario:")
	for _, t := range f.times {
		fmt.Fprintf(&b, "  %4.0f  %s\n", t.took.Seconds(), t.name)
	}
	fmt.Fprintf(&b, "\nrequests: %d sent, %d lost, %d misrouted; p99 of the slowest scenario %s\n",
		f.sent, f.lost, f.misrouted, f.p99.Round(time.Millisecond))
	if f.releases > 0 {
		var sum time.Duration
		for _, t := range f.reactions {
			sum += t
		}
		fmt.Fprintf(&b, "releases: %d, with %.1f mesh writes each\n", f.releases, float64(f.writes)/float64(f.releases))
		fmt.Fprintf(&b, "from Kruise's change to the last mesh write, settle apart: %s on average; slowest: %s\n",
			(sum / time.Duration(len(f.reactions))).Round(time.Millisecond), f.slowest)
	}
	for _, line := range f.more {
		fmt.Fprintln(&b, line)
	}
	return b.String()
}
