package scenario

import (
	"fmt"
	"strings"
	"testing"

	"lanekeeper.io/test/e2e/collapse"
	"lanekeeper.io/test/e2e/promise"
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

// Problem notes what is wrong and is not a lost or misrouted request.
func (p *Play) Problem(format string, args ...any) {
	p.problems = append(p.problems, fmt.Sprintf(format, args...))
}

// Lost notes requests that were lost and that nothing excuses, of those that the
// promises are not for.
func (p *Play) Lost(records ...load.Record) { p.lost = append(p.lost, records...) }

// failed reports whether there is anything wrong.
func (v *verdict) failed() bool {
	return len(v.problems) > 0 || len(v.lost) > 0 || v.over || v.stuck != nil
}

// tell fails the test with all that is wrong.
func (v *verdict) tell(t *testing.T, name string, totals *figures) {
	t.Helper()
	if !v.failed() {
		return
	}
	t.Errorf("%s", v)
	for line := range strings.Lines(v.short()) {
		totals.note("FAILED: %s: %s", name, strings.TrimSpace(line))
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
