package scenario

import (
	"time"

	"lanekeeper.io/test/e2e/accesslog"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/collapse"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// judge checks the promises, and prints and adds up the attempt's figures.
func (p *Play) judge(sc Scenario, records []load.Record) {
	events := p.Timeline.Events()
	summary := load.Summarize(records)
	p.t.Logf("met\n%ssending was late by up to %s", summary.Since(events[0].At), p.load.Late().Round(time.Millisecond))
	if sc.Check != nil {
		records = sc.Check(p, records)
	}
	p.report = promise.Check(events, records, cluster.Chain...)
	p.over = p.report.Misrouted > 0 || p.MayLose.Beyond(p.report.Unanswered()) > 0
	if p.report.Sent == 0 {
		p.Problem("no request was sent")
	}
	if p.failed() {
		p.signs = collapse.Signs{Seconds: p.load.Seconds(), TimedOut: p.timedOut(events)}
	}
	if p.explainedByTheMachine() {
		return // nothing of it is a figure of the product
	}
	switch {
	case p.report.Excused > 0:
		p.run.totals.note("%s: %d requests were lost or fell back to the baseline through a person's own doing", sc.Name, p.report.Excused)
	case p.MayLose.Requests > 0:
		p.run.totals.note("%s: %d requests were lost, %d might have been", sc.Name, p.report.Lost, p.MayLose.Requests)
	}
	reactions, writes := timeline.Reactions(events, cluster.Settle), timeline.Writes(events)
	if sc.Aside {
		reactions, writes = nil, 0
	}
	for _, r := range reactions {
		p.t.Log(r)
	}
	p.run.totals.add(p.report, reactions, writes, summary)
}

// explainedByTheMachine reports whether something was lost, and the machine explains
// every loss and nothing else went wrong.
func (p *Play) explainedByTheMachine() bool {
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
	if p.MayLose.Beyond(unexplained) > 0 {
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
func (p *Play) timedOut(events []timeline.Event) []collapse.Attempt {
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
