package scenario

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// Options say on what is played, and what.
type Options struct {
	Keep   bool   // use the stack that is up under the name, or start one, and leave it up
	Name   string // of the stack; of the second it is name-2, and so on
	Stacks int    // to play on, side by side
	Bin    string // the folder with the built parts; empty: bin of the repository
	Once   bool   // only the scenarios that together show every promise
	Chosen int    // how many scenarios will be played: for none, no stack is started
}

// Run is what all scenarios share: the stacks to play on, and the sums.
type Run struct {
	options Options
	sites   []*Site
	totals  figures
	played  atomic.Int64 // scenarios
}

// OnStacks runs the tests on stacks with the product and the samples, and ends the
// stacks whatever happens, unless they are to be kept.
func OnStacks(ctx context.Context, o Options, tests func(*Run)) (err error) {
	if o.Stacks < 1 {
		return fmt.Errorf("-stacks=%d: at least one is needed", o.Stacks)
	}
	if o.Chosen == 0 {
		return errors.New("no scenario has the name that was asked for; `cd test && go test ./e2e -v -args -list` prints them all")
	}
	r := &Run{options: o}
	if !o.Keep {
		defer func() { err = errors.Join(err, r.stop()) }()
	}
	if err := r.openSites(ctx); err != nil {
		return err
	}
	tests(r)
	fmt.Print(r.totals.String())
	if r.played.Load() == 0 {
		return errors.New("no scenario was played")
	}
	if o.Keep {
		fmt.Printf("\nthe stack %q stays up: see bin/stack help; end it with bin/stack down -name %s\n", o.Name, o.Name)
	}
	return nil
}

func (r *Run) stop() error {
	var errs []error
	for _, s := range r.sites {
		if s.Cluster != nil { // else it did not start
			errs = append(errs, s.Stack.Stop())
		}
	}
	return errors.Join(errs...)
}

// openSites starts the stacks side by side and measures all of them at a time.
func (r *Run) openSites(ctx context.Context) error {
	for i := range r.options.Stacks {
		r.sites = append(r.sites, &Site{run: r, name: r.options.nameOf(i)})
	}
	begun := time.Now()
	if err := r.atEachSite(ctx, (*Site).open); err != nil {
		return err
	}
	fmt.Printf("product and samples are ready after %.1fs\n", time.Since(begun).Seconds())
	return r.atEachSite(ctx, (*Site).measure)
}

func (o Options) nameOf(i int) string {
	if i == 0 {
		return o.Name
	}
	return fmt.Sprintf("%s-%d", o.Name, i+1)
}

func (r *Run) atEachSite(ctx context.Context, do func(*Site, context.Context) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, s := range r.sites {
		group.Go(func() error { return do(s, ctx) })
	}
	return group.Wait()
}

// Breakable leads the managers' calls through package apifault, on every stack.
func (r *Run) Breakable(ctx context.Context) error { return r.atEachSite(ctx, (*Site).breakable) }

// Unbreakable leaves a stack that is kept as others expect it.
func (r *Run) Unbreakable(ctx context.Context) error {
	if !r.options.Keep {
		return nil
	}
	return r.atEachSite(ctx, (*Site).unbreakable)
}

// Play plays the scenarios as subtests, on whichever site is free. The context is one
// that an interrupt ends.
func (r *Run) Play(ctx context.Context, t *testing.T, all []Scenario) {
	queue := make(chan Scenario)
	var playing sync.WaitGroup
	for _, s := range r.sites {
		playing.Go(func() {
			for sc := range queue {
				t.Run(sc.Name, func(t *testing.T) { s.perform(ctx, t, sc) })
			}
		})
	}
	for _, sc := range all {
		if sc.Once || !r.options.Once {
			queue <- sc
		}
	}
	close(queue)
	playing.Wait()
}
