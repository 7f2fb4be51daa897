package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// toMeet is which versions of the services requests meet, by when they are sent: until
// a person labels pods all of them, and after it the baseline's only.
var toMeet = map[string][]string{
	"before":  {"half v1", "half v2", "stray v1", "stray v9", "driven v1", "locked v1"},
	"waiting": {"half v1", "half v2", "stray v1", "stray v9", "driven v1", "locked v1"},
	"taken":   {"half v1", "stray v1", "driven v1", "locked v1"},
}

// met is what the services' own requests met, by when they were sent; others are the
// chain's.
func (s *Unprepared) met(records []load.Record) (met map[string]map[string]bool, lost, others []load.Record) {
	met = map[string]map[string]bool{"before": {}, "waiting": {}, "moving": {}, "taken": {}}
	for _, r := range records {
		switch {
		case !slices.Contains(s.services(), r.Stream):
			others = append(others, r)
		case s.ready.IsZero() || r.Start.Before(s.ready): // the service is on its way
		case r.Err != "":
			lost = append(lost, r)
		case len(r.Chain) != 1 || r.Chain[0].App != r.Stream:
			r.Err = fmt.Sprintf("it was answered by %q and not by %s", r.Chain, r.Stream)
			lost = append(lost, r)
		default:
			met[s.when(r)][r.Stream+" "+r.Chain[0].Version] = true
		}
	}
	return met, lost, others
}

// awaitMet waits until requests have met all that they are to meet now: which pod a
// request meets is chance.
func (s *Unprepared) awaitMet(ctx context.Context, p *scenario.Play, when string) error {
	return cluster.Await(ctx, "requests to every version", 2*time.Minute, func(context.Context) (string, error) {
		met, _, _ := s.met(p.Records())
		for _, what := range toMeet[when] {
			if !met[when][what] {
				return "none met " + what, nil
			}
		}
		return "", nil
	})
}

// Check judges the services' own requests: all are answered, and none met what it was
// not to meet.
func (s *Unprepared) Check(p *scenario.Play, records []load.Record) []load.Record {
	met, lost, chain := s.met(records)
	p.Lost(lost...)
	for when, want := range toMeet {
		for what := range met[when] {
			if !slices.Contains(want, what) {
				p.Problem("%s, requests met %s", when, what)
			}
		}
		if len(met[when]) == 0 {
			p.Problem("%s, there was no request", when)
		}
	}
	return chain
}

// when a request was sent, in the story's words.
func (s *Unprepared) when(r load.Record) string {
	switch {
	case s.applied.IsZero() || r.End.Before(s.applied):
		return "before"
	case s.labelled.IsZero() || r.End.Before(s.labelled):
		return "waiting"
	case s.taken.IsZero() || r.Start.Before(s.taken):
		return "moving"
	}
	return "taken"
}
