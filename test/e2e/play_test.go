package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// scenario is a story. It begins and ends with the chain at rest.
type scenario struct {
	name  string
	steps []step
	// streams run besides the tagged and the untagged one.
	streams []load.Stream
	// aside: more happens than releases, so that its figures are not those of one.
	aside bool
	// once: it is one of those that together show every promise.
	once bool
	// check sees all records, and returns those that the promises are for.
	check func(p *play, records []load.Record) []load.Record
}

// step is one thing that happens in a story.
type step struct {
	what string
	do   func(ctx context.Context, p *play) error
}

// play is a scenario under way.
type play struct {
	*site
	t        *testing.T
	part     string // folder of its evidence
	load     *load.Run
	versions map[string]cluster.Version // the newest published, by service
	mayLose  promise.Allowance          // through what a step does
	detour   *detour                    // where the webhook's calls are led to
	unasked  float64                    // pods that were created without its answer
	patience time.Duration              // with the managers, beyond what steps say
	cleanup  []func(context.Context) error
	verdict
}

// limit of one scenario. On an idle machine the longest takes a quarter of it.
const limit = 12 * time.Minute

// perform plays a scenario. Where the machine, and not the product, lost requests it
// is played once more with half the load, and that counts.
func (s *site) perform(t *testing.T, sc scenario) {
	played.Add(1)
	first := s.attempt(t, sc, s.carries, "")
	if first.collapse == "" || len(first.problems) > 0 {
		first.tell(t, sc)
		return
	}
	totals.note("COLLAPSED: %s: %s; it was played again with half the load", sc.name, first.collapse)
	t.Logf("the load collapsed, which says nothing of the product: %s\nplaying it again with half the load, since this was lost:\n%s", first.collapse, first.short())
	second := s.attempt(t, sc, s.carries/2, "again")
	second.tell(t, sc)
}

// attempt plays a scenario once, with what the machine is taken to carry. Part is where
// its evidence goes, below the test's folder.
func (s *site) attempt(t *testing.T, sc scenario, carries load.Capacity, part string) *verdict {
	ctx, cancel := context.WithTimeout(rootCtx, limit)
	defer cancel()
	p := &play{site: s, t: t, part: part, patience: 3 * time.Minute}
	begun := time.Now()
	if err := p.begin(ctx, sc, carries); err != nil {
		p.problem("%v", err)
		return &p.verdict
	}
	defer p.load.Stop()
	err := p.playSteps(ctx, sc.steps)
	if err == nil {
		err = p.AwaitRest(ctx, 2*time.Minute)
	}
	if err == nil {
		err = pass(ctx, cluster.Settle) // whoever is left over would be met now
	}
	records := p.load.Stop()
	if err != nil {
		p.stuck = err
	}
	p.judge(sc, records)
	p.keepEvidence()
	for _, undo := range slices.Backward(p.cleanup) {
		if err := undo(rootCtx); err != nil { // also when the scenario's time is over
			p.problem("cleaning up: %v", err)
		}
	}
	totals.took(sc.name, time.Since(begun))
	return &p.verdict
}

// begin puts the chain to rest, whatever the scenario before left, and starts
// watch and load. Both end with the context.
func (p *play) begin(ctx context.Context, sc scenario, carries load.Capacity) error {
	if err := p.AwaitRest(ctx, time.Minute); err != nil {
		p.t.Logf("starting anew: %v", err)
		if err := p.Reset(ctx); err != nil {
			return err
		}
	}
	p.Timeline = &timeline.Timeline{}
	var err error
	if p.versions, err = p.Versions(ctx); err != nil {
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
	way.Streams = append(way.Streams, sc.streams...)
	p.t.Logf("sending %s", way)
	p.load, err = load.Start(ctx, way)
	return err
}

func (p *play) playSteps(ctx context.Context, steps []step) error {
	for _, s := range steps {
		p.Timeline.Add(timeline.Event{Kind: timeline.Note, Detail: "— " + s.what})
		if err := s.do(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", s.what, err)
		}
	}
	return nil
}

// pass lets a time pass that a promise speaks of.
func pass(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
