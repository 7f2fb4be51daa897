package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"lanekeeper.io/test/e2e/accesslog"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/collapse"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// verdict is what is to be said of an attempt.
type verdict struct {
	problems []string      // whatever the machine explains or not
	lost     []load.Record // that nothing excuses, beside those of the report
	report   promise.Report
	over     bool  // more was lost than may be
	stuck    error // a step that did not come to its end
	// collapse are the signs of a machine that could not carry the load, where they
	// explain all there is to say. Else it is empty.
	collapse string
	// signs are what is known of the machine, where something failed.
	signs collapse.Signs
}

// problem notes what is wrong and is not a lost or misrouted request.
func (v *verdict) problem(format string, args ...any) {
	v.problems = append(v.problems, fmt.Sprintf(format, args...))
}

// judge checks the promises, and prints and adds up the attempt's figures.
func (p *play) judge(sc scenario, records []load.Record) {
	events := p.Timeline.Events()
	summary := load.Summarize(records)
	p.t.Logf("met\n%ssending was late by up to %s", summary.Since(events[0].At), p.load.Late().Round(time.Millisecond))
	if sc.check != nil {
		records = sc.check(p, records)
	}
	p.report = promise.Check(events, records, cluster.Chain...)
	p.over = p.report.Misrouted > 0 || p.mayLose.Beyond(p.report.Unanswered()) > 0
	if p.report.Sent == 0 {
		p.problem("no request was sent")
	}
	if p.failed() {
		p.signs = collapse.Signs{Seconds: p.load.Seconds(), TimedOut: p.timedOut(events)}
	}
	if p.explainedByTheMachine() {
		return // nothing of it is a figure of the product
	}
	switch {
	case p.report.Excused > 0:
		totals.note("%s: %d requests were lost or fell back to the baseline through a person's own doing", sc.name, p.report.Excused)
	case p.mayLose.Requests > 0:
		totals.note("%s: %d requests were lost, %d might have been", sc.name, p.report.Lost, p.mayLose.Requests)
	}
	reactions, writes := timeline.Reactions(events, cluster.Settle), timeline.Writes(events)
	if sc.aside {
		reactions, writes = nil, 0
	}
	for _, r := range reactions {
		p.t.Log(r)
	}
	totals.add(p.report, reactions, writes, summary)
}

// explainedByTheMachine reports whether something was lost, and the machine explains
// every loss and nothing else went wrong.
func (p *play) explainedByTheMachine() bool {
	if len(p.problems) > 0 || !p.over && len(p.lost) == 0 {
		return false
	}
	var unexplained []load.Record
	for _, v := range p.report.Violations {
		switch v.Promise {
		case promise.Whole:
			if !p.signs.Explain(v.Record) {
				unexplained = append(unexplained, v.Record)
			}
		case promise.InLane, promise.Forward:
			if !p.signs.ExplainFallback(v.Record) {
				return false
			}
		default:
			return false
		}
	}
	if p.mayLose.Beyond(unexplained) > 0 {
		return false
	}
	for _, r := range p.lost {
		if !p.signs.Explain(r) {
			return false
		}
	}
	p.collapse = p.signs.String()
	return true
}

// timedOut are the proxies' attempts to connect to pods that were ready all the time.
func (p *play) timedOut(events []timeline.Event) []collapse.Attempt {
	var all []collapse.Attempt
	err := accesslog.Each(p.Stack.Dir(), func(_ string, l accesslog.Line) {
		if l.ConnectTimedOut() && !l.End().Before(events[0].At) && timeline.ReadyThroughout(events, l.Upstream, l.Start, l.End()) {
			all = append(all, collapse.Attempt{From: l.Start, To: l.End()})
		}
	})
	if err != nil {
		p.t.Log(err) // then none of them explains anything
	}
	return all
}

// failed reports whether there is anything wrong.
func (v *verdict) failed() bool {
	return len(v.problems) > 0 || len(v.lost) > 0 || v.over || v.stuck != nil
}

// tell fails the test with all that is wrong.
func (v *verdict) tell(t *testing.T, sc scenario) {
	t.Helper()
	if !v.failed() {
		return
	}
	t.Errorf("%s", v)
	for line := range strings.Lines(v.short()) {
		totals.note("FAILED: %s: %s", sc.name, strings.TrimSpace(line))
	}
}

// short has a line for each thing that is wrong.
func (v *verdict) short() string {
	var b strings.Builder
	if v.over {
		fmt.Fprintln(&b, v.report.Broken())
	}
	if len(v.lost) > 0 {
		fmt.Fprintf(&b, "%d requests were lost that nothing excuses, the first: %s %s\n", len(v.lost), v.lost[0].ID, v.lost[0].Err)
	}
	for _, p := range v.problems {
		fmt.Fprintln(&b, strings.ReplaceAll(p, "\n", " "))
	}
	if v.stuck != nil {
		fmt.Fprintln(&b, strings.ReplaceAll(v.stuck.Error(), "\n", " "))
	}
	return b.String()
}

// String is short with what is needed to understand it.
func (v *verdict) String() string {
	if v.over {
		return v.short() + v.report.String()
	}
	return v.short()
}

// firstLost is the first request that was lost or misrouted, of those that were sent if
// there is one: proxies saw nothing of the others.
func (v *verdict) firstLost() (load.Record, bool) {
	var all []load.Record
	for _, x := range v.report.Violations {
		all = append(all, x.Record)
	}
	all = append(all, v.lost...)
	for _, r := range all {
		if !strings.HasPrefix(r.Err, load.NotSent) {
			return r, true
		}
	}
	if len(all) > 0 {
		return all[0], true
	}
	return load.Record{}, false
}
