package scenario

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/collapse"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// Play is a scenario under way, and what its steps act on.
type Play struct {
	*Site
	// Newest are the versions that were published last, by service.
	Newest map[string]cluster.Version
	// MayLose are the requests that may be lost through what a step does.
	MayLose promise.Allowance
	// Patience with the managers, beyond what steps say.
	Patience time.Duration

	t       *testing.T
	part    string // folder of its evidence
	load    *load.Run
	cleanup []func(context.Context) error
	verdict
}

// limit of one scenario. On an idle machine the longest takes a quarter of it.
const limit = 12 * time.Minute

// perform plays a scenario, and once more where the machine, and not the product, lost
// requests.
func (s *Site) perform(ctx context.Context, t *testing.T, sc Scenario) {
	s.run.played.Add(1)
	part := ""
	last := collapse.AtMostTwice(s.carries, func(carries load.Capacity) (*verdict, string) {
		v := s.attempt(ctx, t, sc, carries, part)
		if len(v.problems) > 0 { // in cleaning up, too
			return v, ""
		}
		return v, v.collapse
	}, func(first *verdict, explained string) {
		part = "again"
		s.run.totals.note("COLLAPSED: %s: %s; it was played again with half the load", sc.Name, explained)
		t.Logf("the load collapsed, which says nothing of the product: %s\nplaying it again with half the load, since this was lost:\n%s", explained, first.short())
	})
	last.tell(t, sc.Name, &s.run.totals)
}

// attempt plays a scenario once, with what the machine is taken to carry. Part is where
// its evidence goes, below the test's folder.
func (s *Site) attempt(ctx context.Context, t *testing.T, sc Scenario, carries load.Capacity, part string) *verdict {
	p := &Play{Site: s, t: t, part: part, Patience: 3 * time.Minute}
	begun := time.Now()
	inTime, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := p.begin(inTime, sc, carries); err != nil {
		p.Problem("%v", err)
		return &p.verdict
	}
	defer p.load.Stop()
	err := p.Do(inTime, sc.Steps...)
	if err == nil {
		err = p.AwaitRest(inTime, 2*time.Minute)
	}
	if err == nil {
		err = Pass(inTime, cluster.Settle) // whoever is left over would be met now
	}
	records := p.load.Stop()
	if err != nil {
		p.stuck = err
	}
	p.judge(sc, records)
	p.keepEvidence()
	for _, undo := range slices.Backward(p.cleanup) {
		if err := undo(ctx); err != nil { // also when the scenario's time is over
			p.Problem("cleaning up: %v", err)
		}
	}
	s.run.totals.took(sc.Name, time.Since(begun))
	return &p.verdict
}

// begin puts the chain to rest, whatever the scenario before left, and starts
// watch and load. Both end with the context.
func (p *Play) begin(ctx context.Context, sc Scenario, carries load.Capacity) error {
	if err := p.AwaitRest(ctx, time.Minute); err != nil {
		p.t.Logf("starting anew: %v", err)
		if err := p.Reset(ctx); err != nil {
			return err
		}
	}
	p.Timeline = &timeline.Timeline{}
	var err error
	if p.Newest, err = p.Versions(ctx); err != nil {
		return err
	}
	if err := timeline.Watch(ctx, p.Stack.RESTConfig(), p.Scheme, cluster.Namespace, p.Timeline); err != nil {
		return err
	}
	way, err := p.way(ctx)
	if err != nil {
		return err
	}
	way.Carries = carries
	way.Streams = append(way.Streams, sc.Streams...)
	p.t.Logf("sending %s", way)
	p.load, err = load.Start(ctx, way)
	return err
}

// Do does the steps one after the other.
func (p *Play) Do(ctx context.Context, steps ...Step) error {
	for _, s := range steps {
		p.Timeline.Add(timeline.Event{Kind: timeline.Note, Detail: "— " + s.What})
		if err := s.Do(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", s.What, err)
		}
	}
	return nil
}

// Cleanup has something undone at the end, last first, whatever comes.
func (p *Play) Cleanup(undo func(context.Context) error) { p.cleanup = append(p.cleanup, undo) }

// Records are the requests that are over.
func (p *Play) Records() []load.Record { return p.load.Records() }

// Note keeps a line for the end of the run.
func (p *Play) Note(format string, args ...any) { p.run.totals.note(format, args...) }

// Pass lets a time pass that a promise speaks of.
func Pass(ctx context.Context, d time.Duration) error {
	return cluster.Pass(ctx, d)
}
