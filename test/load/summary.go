package load

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Summary is what a person wants to know of many records.
type Summary struct {
	Sent, Lost    int
	P50, P99, Max time.Duration
	Chains        []ChainCount // by first appearance
}

// ChainCount is how often a stream met a chain, and when.
type ChainCount struct {
	Stream      string
	Chain       string
	Count       int
	First, Last time.Time
}

// address makes equal errors equal.
var address = regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+(:\d+)?|after \d+ms`)

// Summarize counts the records.
func Summarize(records []Record) Summary {
	s := Summary{Sent: len(records)}
	counts := map[[2]string]*ChainCount{}
	latencies := make([]time.Duration, 0, len(records))
	for _, r := range records {
		what := r.Chain.String()
		if r.Err != "" {
			s.Lost++
			what = strings.TrimSpace(what + " LOST: " + address.ReplaceAllString(r.Err, "…"))
		}
		key := [2]string{r.Stream, what}
		c := counts[key]
		if c == nil {
			c = &ChainCount{Stream: r.Stream, Chain: what, First: r.Start}
			counts[key] = c
		}
		c.Count++
		c.First, c.Last = earlier(c.First, r.Start), later(c.Last, r.Start)
		latencies = append(latencies, r.Latency())
	}
	slices.Sort(latencies)
	s.P50, s.P99, s.Max = percentile(latencies, 50), percentile(latencies, 99), percentile(latencies, 100)
	for _, c := range counts {
		s.Chains = append(s.Chains, *c)
	}
	slices.SortFunc(s.Chains, func(a, b ChainCount) int {
		if d := a.First.Compare(b.First); d != 0 {
			return d
		}
		return strings.Compare(a.Stream+a.Chain, b.Stream+b.Chain)
	})
	return s
}

// String is a table of the chains, with offsets from zero.
func (s Summary) String() string { return s.Since(time.Time{}) }

// Since prints the table with offsets from the given time.
func (s Summary) Since(zero time.Time) string {
	if zero.IsZero() && len(s.Chains) > 0 {
		zero = s.Chains[0].First
	}
	var b strings.Builder
	for _, c := range s.Chains {
		fmt.Fprintf(&b, "  %-9s %6d  %7.2fs … %7.2fs  %s\n", c.Stream, c.Count,
			c.First.Sub(zero).Seconds(), c.Last.Sub(zero).Seconds(), c.Chain)
	}
	fmt.Fprintf(&b, "  %d sent, %d lost, p50 %s, p99 %s, longest %s\n", s.Sent, s.Lost,
		s.P50.Round(100*time.Microsecond), s.P99.Round(100*time.Microsecond), s.Max.Round(time.Millisecond))
	return b.String()
}

// percentile of sorted values; 0 of none.
func percentile(sorted []time.Duration, p int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)-1)*p/100]
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
