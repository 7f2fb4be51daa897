package load

import (
	"strings"
	"time"
)

// Hop is one service's line in an answer.
type Hop struct {
	App     string
	Version string
	IP      string
}

// Chain is the services a request went through, in order. Equal answers share
// one Chain: an hour's records fit in memory and give the collector no work.
type Chain []Hop

// Hop returns the hop of the named service.
func (c Chain) Hop(app string) (Hop, bool) {
	for _, h := range c {
		if h.App == app {
			return h, true
		}
	}
	return Hop{}, false
}

// String is mocka:v1 > mockb:v2.
func (c Chain) String() string {
	hops := make([]string, 0, len(c))
	for _, h := range c {
		hops = append(hops, h.App+":"+h.Version)
	}
	return strings.Join(hops, " > ")
}

// Record is one request and what became of it.
type Record struct {
	ID     string // the value of my-request-id, to find it in access logs
	Stream string
	Tag    string // the lane asked for; empty for none
	Start  time.Time
	End    time.Time
	Chain  Chain  // as far as the request came
	Err    string // empty when the whole chain answered
}

// Latency is the time the answer took.
func (r Record) Latency() time.Duration { return r.End.Sub(r.Start) }
