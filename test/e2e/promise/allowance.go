package promise

import (
	"time"

	"lanekeeper.io/test/load"
)

// Allowance is how many requests may be lost, and when. To is zero while it is open.
type Allowance struct {
	Requests int
	From, To time.Time
}

// Beyond returns how many of the lost requests it does not cover.
func (a Allowance) Beyond(lost []load.Record) int {
	covered := 0
	for _, r := range lost {
		if !r.End.Before(a.From) && r.Start.Before(or(a.To, forever)) {
			covered++
		}
	}
	return len(lost) - min(covered, a.Requests)
}
