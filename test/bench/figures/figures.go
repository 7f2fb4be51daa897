// Package figures keeps what was measured beside its goal, and prints both.
package figures

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// Figure is one line of the table.
type Figure struct {
	What     string
	Goal     string // empty: measured for whoever reads it
	Measured string
	Missed   bool
}

// Table is what one benchmark found out.
type Table struct {
	Title string

	mutex   sync.Mutex
	figures []Figure
}

// Tell adds a figure that has no goal.
func (t *Table) Tell(what, measured string, values ...any) {
	t.add(Figure{What: what, Measured: fmt.Sprintf(measured, values...)})
}

// Hold adds a figure whose goal is to be at most limit.
func (t *Table) Hold(what string, value, limit float64, unit string) {
	t.add(Figure{
		What: what, Goal: "≤ " + number(limit) + unit,
		Measured: number(value) + unit, Missed: value > limit,
	})
}

func (t *Table) add(f Figure) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.figures = append(t.figures, f)
}

// Missed are the figures that missed their goal.
func (t *Table) Missed() []Figure {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	return slices.DeleteFunc(slices.Clone(t.figures), func(f Figure) bool { return !f.Missed })
}

// Print writes the table for a person.
func (t *Table) Print(w io.Writer) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	fmt.Fprintf(w, "\n── %s\n", t.Title)
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "   what\tgoal\tmeasured\t")
	for _, f := range t.figures {
		verdict := ""
		if f.Missed {
			verdict = "MISSED"
		}
		fmt.Fprintf(columns, "   %s\t%s\t%s\t%s\n", f.What, f.Goal, f.Measured, verdict)
	}
	_ = columns.Flush()
}

// number has three digits that count, and no more than it needs.
func number(v float64) string {
	if v == float64(int64(v)) || v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}

// Durations are samples of one thing.
type Durations []time.Duration

// At is a percentile: the smallest sample that p percent do not exceed.
func (d Durations) At(p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*p/100))]
}

// String is median and 99th percentile.
func (d Durations) String() string {
	return fmt.Sprintf("p50 %s, p99 %s (%d samples)", Milliseconds(d.At(50)), Milliseconds(d.At(99)), len(d))
}

// Milliseconds prints a duration to the hundredth of one.
func Milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2fms", float64(d)/float64(time.Millisecond))
}
