package promise

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// Violation is a request that a promise was broken to.
type Violation struct {
	Promise string
	Why     string
	Record  load.Record
}

// Report is the judgement of a run.
type Report struct {
	Sent, Lost, Misrouted int
	// Excused are those that a person's own doing explains (deeds.go).
	Excused    int
	Violations []Violation // by start
	events     []timeline.Event
}

// Check judges every record. Apps are the services of the chain, in order. The
// settle time is taken to be shorter than what a canary takes to be ready and
// Join together.
func Check(events []timeline.Event, records []load.Record, apps ...string) Report {
	return CheckSettled(0, events, records, apps...)
}

// CheckSettled is Check for a settle time that is long beside a canary's start:
// a lane's route comes one settle after the release began, however soon its pods
// are ready.
func CheckSettled(settle time.Duration, events []timeline.Event, records []load.Record, apps ...string) Report {
	report := Report{Sent: len(records), events: events}
	h := newHistory(events)
	h.settle = settle
	for _, r := range records {
		promise, why := h.judge(r, apps)
		switch {
		case promise == "":
			continue
		case h.excuses(promise, r):
			report.Excused++
			continue
		case promise == Whole:
			report.Lost++
		default:
			report.Misrouted++
		}
		report.Violations = append(report.Violations, Violation{promise, why, r})
	}
	slices.SortFunc(report.Violations, func(a, b Violation) int { return a.Record.Start.Compare(b.Record.Start) })
	return report
}

// judge returns the first promise that was broken to a request.
func (h *history) judge(r load.Record, apps []string) (promise, why string) {
	if h.removed.noEntry(r) {
		return "", ""
	}
	if r.Err != "" {
		return Whole, r.Err
	}
	if h.meaning(r) == gone {
		r.Tag = "" // a tag that is nobody's is as good as none
	}
	met := make([]string, 0, len(r.Chain))
	for _, hop := range r.Chain {
		met = append(met, hop.App)
	}
	if !slices.Equal(met, apps) {
		return Whole, fmt.Sprintf("it met %v", met)
	}
	for _, hop := range r.Chain {
		if promise, why := h.judgeHop(r, hop); promise != "" {
			return promise, why
		}
	}
	return "", ""
}

// Unanswered are the lost requests that nothing excuses.
func (r Report) Unanswered() []load.Record {
	var all []load.Record
	for _, v := range r.Violations {
		if v.Promise == Whole {
			all = append(all, v.Record)
		}
	}
	return all
}

// shown is how many requests are printed per promise.
const shown = 5

// Broken names each promise that was broken, in one line.
func (r Report) Broken() string {
	requests, first := map[string]int{}, map[string]string{}
	for _, v := range r.Violations {
		if requests[v.Promise]++; requests[v.Promise] == 1 {
			first[v.Promise] = v.Why
		}
	}
	var all []string
	for _, promise := range slices.Sorted(maps.Keys(requests)) {
		all = append(all, fmt.Sprintf("%s (%d requests, the first: %s)", promise, requests[promise], first[promise]))
	}
	return strings.Join(all, "; ")
}

// String names each broken promise, the first requests it was broken to, and
// the timeline they are to be read against.
func (r Report) String() string {
	if len(r.Violations) == 0 {
		return fmt.Sprintf("%d requests, no promise broken", r.Sent)
	}
	var b strings.Builder
	var zero time.Time
	if len(r.events) > 0 {
		zero = r.events[0].At
	}
	fmt.Fprintf(&b, "%d requests, %d lost, %d misrouted\n", r.Sent, r.Lost, r.Misrouted)
	for _, promise := range []string{Whole, Known, Outside, Approval, InLane, Another, Forward, Withdraw} {
		writeBroken(&b, promise, r.Violations, zero)
	}
	fmt.Fprintf(&b, "what happened:\n%s", timeline.Print(r.events))
	return b.String()
}

func writeBroken(b *strings.Builder, promise string, all []Violation, zero time.Time) {
	mine := slices.DeleteFunc(slices.Clone(all), func(v Violation) bool { return v.Promise != promise })
	if len(mine) == 0 {
		return
	}
	last := mine[len(mine)-1].Record
	fmt.Fprintf(b, "BROKEN: %s (%d requests, the last at %.2fs)\n", promise, len(mine), last.Start.Sub(zero).Seconds())
	for _, v := range mine[:min(shown, len(mine))] {
		fmt.Fprintf(b, "  %8.2fs + %4dms  %-8s %s\n              %s  [%s]\n",
			v.Record.Start.Sub(zero).Seconds(), v.Record.Latency().Milliseconds(), v.Record.Stream, v.Why, v.Record.Chain, v.Record.ID)
	}
}
