package scenario

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/test/e2e/collapse"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/load"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// busy is a machine whose cores were all in use, and that sent late.
var busy = collapse.Signs{Seconds: []load.Second{{End: noon, Busy: 1, Late: 2 * time.Second}}}

func lost(err string) load.Record {
	return load.Record{ID: "1", Err: err, Start: noon.Add(-time.Second), End: noon}
}

func broken(p string, r load.Record) verdict {
	return verdict{over: true, signs: busy, report: promise.Report{Violations: []promise.Violation{{Promise: p, Why: r.Err, Record: r}}}}
}

func TestTheMachineExplainsOnlyWhatWaitedTooLong(t *testing.T) {
	late, refused := lost("i/o timeout"), lost("HTTP 503")
	for name, c := range map[string]struct {
		verdict verdict
		want    bool
	}{
		"lost for want of time":             {broken(promise.Whole, late), true},
		"lost at once":                      {broken(promise.Whole, refused), false},
		"in a lane that it must not meet":   {broken(promise.Another, late), false},
		"nothing was lost":                  {verdict{signs: busy}, false},
		"nothing was lost, but a step hung": {verdict{signs: busy, stuck: errors.New("x")}, false},
		"lost on another's way":             {verdict{signs: busy, lost: []load.Record{late}}, true},
		"lost at once on another's way":     {verdict{signs: busy, lost: []load.Record{late, refused}}, false},
		"another problem besides":           {verdict{signs: busy, lost: []load.Record{late}, problems: []string{"x"}}, false},
		"an idle machine":                   {verdict{lost: []load.Record{late}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := &Play{verdict: c.verdict}
			assert.Equal(t, c.want, p.explainedByTheMachine())
			assert.Equal(t, c.want, p.collapse != "")
		})
	}
}

func TestWhatMayBeLostNeedsNoExplanation(t *testing.T) {
	p := &Play{verdict: broken(promise.Whole, lost("HTTP 503")), MayLose: promise.Allowance{Requests: 1, From: noon.Add(-time.Minute)}}
	p.Lost(lost("i/o timeout"))
	assert.True(t, p.explainedByTheMachine())
}

func TestAVerdictHasALineForEachThing(t *testing.T) {
	v := broken(promise.Whole, lost("HTTP 503"))
	v.lost, v.problems, v.stuck = []load.Record{lost("HTTP 404")}, []string{"two\nlines"}, errors.New("rest: waiting")
	assert.True(t, v.failed())
	assert.Equal(t, promise.Whole+" (1 requests, the first: HTTP 503)\n"+
		"1 requests were lost that nothing excuses, the first: 1 HTTP 404\n"+
		"two lines\nrest: waiting\n", v.short())
	assert.Contains(t, v.String(), "BROKEN: "+promise.Whole)
	assert.False(t, (&verdict{}).failed())
}
