package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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
	// check sees all records, and returns those that the promises are for.
	check func(t *testing.T, p *play, records []load.Record) []load.Record
}

// step is one thing that happens in a story.
type step struct {
	what string
	do   func(ctx context.Context, p *play) error
}

// play is a scenario under way.
type play struct {
	*cluster.Cluster
	load     *load.Run
	versions map[string]cluster.Version // the newest published, by service
	mayLose  int                        // requests, through what a step does
	detour   *detour                    // where the webhook's calls are led to
	unasked  float64                    // pods that were created without its answer
	patience time.Duration              // with the managers, beyond what steps say
	cleanup  []func(context.Context) error
}

// limit of one scenario. The longest takes half of it.
const limit = 8 * time.Minute

func perform(t *testing.T, s scenario) {
	ctx, cancel := context.WithTimeout(rootCtx, limit)
	defer cancel()
	p := begin(ctx, t, s)
	err := p.playSteps(ctx, s.steps)
	if err == nil {
		err = p.AwaitRest(ctx, time.Minute)
	}
	if err == nil {
		err = pass(ctx, cluster.Settle) // whoever is left over would be met now
	}
	records := p.load.Stop()
	p.judge(t, s, records)
	if err != nil {
		t.Errorf("%v", err)
		totals.note("FAILED: %s: %v", s.name, err)
	}
	p.keepEvidence(t)
	for _, undo := range slices.Backward(p.cleanup) {
		if err := undo(rootCtx); err != nil { // also when the scenario's time is over
			t.Errorf("cleaning up: %v", err)
		}
	}
}

// begin puts the chain to rest, whatever the scenario before left, and starts
// watch and load.
func begin(ctx context.Context, t *testing.T, s scenario) *play {
	t.Helper()
	if err := shared.AwaitRest(ctx, 20*time.Second); err != nil {
		t.Logf("starting anew: %v", err)
		if err := shared.Reset(ctx); err != nil {
			t.Fatal(err)
		}
	}
	p := &play{Cluster: shared, patience: time.Minute}
	p.Timeline = &timeline.Timeline{}
	var err error
	if p.versions, err = p.Versions(ctx); err != nil {
		t.Fatal(err)
	}
	watching, cancel := context.WithCancel(ctx)
	t.Cleanup(cancel)
	if err := timeline.Watch(watching, p.Stack.RESTConfig(), p.Scheme, cluster.Namespace, p.Timeline); err != nil {
		t.Fatal(err)
	}
	gateway, err := p.Stack.GatewayURL(ctx)
	if err != nil {
		t.Fatal(err)
	}
	p.load, err = load.Start(ctx, load.Config{URL: gateway, Dial: p.Stack.Dial,
		Streams: append([]load.Stream{load.Tagged(cluster.Lane), load.Untagged()}, s.streams...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.load.Stop() })
	return p
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

// judge checks the promises and prints the scenario's figures.
func (p *play) judge(t *testing.T, s scenario, records []load.Record) {
	events := p.Timeline.Events()
	summary := load.Summarize(records)
	if s.check != nil {
		records = s.check(t, p, records)
	}
	report := promise.Check(events, records, cluster.Chain...)
	if report.Excused > 0 {
		totals.note("%s: %d requests were lost or fell back to the baseline through a person's own doing", s.name, report.Excused)
	}
	switch {
	case report.Misrouted > 0 || report.Lost > p.mayLose:
		t.Errorf("%d may be lost; %s", p.mayLose, report)
		totals.note("FAILED: %s: %s", s.name, report.Broken())
	case p.mayLose > 0:
		totals.note("%s: %d requests were lost, %d might have been", s.name, report.Lost, p.mayLose)
	}
	if report.Sent == 0 {
		t.Error("no request was sent")
	}
	reactions, writes := timeline.Reactions(events, cluster.Settle), timeline.Writes(events)
	t.Logf("met\n%ssending was late by up to %s", summary.Since(events[0].At), p.load.Late().Round(time.Millisecond))
	if s.aside {
		reactions, writes = nil, 0
	}
	for _, r := range reactions {
		t.Log(r)
	}
	totals.add(report, reactions, writes, summary)
}

// keepEvidence writes what happened, and of a scenario that failed what a person
// needs to find out why.
func (p *play) keepEvidence(t *testing.T) {
	dir := t.ArtifactDir()
	if err := os.WriteFile(filepath.Join(dir, "timeline.txt"), []byte(timeline.Print(p.Timeline.Events())), 0o644); err != nil {
		t.Error(err)
	}
	if !t.Failed() {
		return
	}
	f, err := os.Create(filepath.Join(dir, "cluster.txt"))
	if err != nil {
		t.Error(err)
		return
	}
	defer f.Close()
	p.Dump(f)
	t.Logf("objects, logs and timeline are in %s", dir)
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
