package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"lanekeeper.io/test/e2e/apifault"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/load"
	"lanekeeper.io/test/stack"
)

// site is a stack to play on, with the product and the samples. One scenario at a
// time plays on it, and it knows what the machine carries while all sites are under
// load.
type site struct {
	*cluster.Cluster
	carries load.Capacity
	// faulty stands between the managers and the API server while things break down.
	faulty *apifault.Proxy
}

// openSites starts the stacks side by side and measures all of them at a time.
func openSites(ctx context.Context, n int) error {
	sites = make([]*site, n)
	for i := range sites {
		sites[i] = &site{}
	}
	begun := time.Now()
	if err := atEachSite(ctx, func(ctx context.Context, i int, s *site) error { return s.open(ctx, siteName(i)) }); err != nil {
		return err
	}
	fmt.Printf("product and samples are ready after %.1fs\n", time.Since(begun).Seconds())
	return atEachSite(ctx, func(ctx context.Context, i int, s *site) error {
		way, err := s.way(ctx)
		if err != nil {
			return err
		}
		sized, err := load.Sized(ctx, way)
		if err != nil {
			return errors.Join(err, s.keepDump("measuring"))
		}
		s.carries = sized.Carries
		fmt.Printf("stack %s: %s\n", siteName(i), sized)
		return nil
	})
}

func siteName(i int) string {
	if i == 0 {
		return *name
	}
	return fmt.Sprintf("%s-%d", *name, i+1)
}

func atEachSite(ctx context.Context, do func(context.Context, int, *site) error) error {
	group, ctx := errgroup.WithContext(ctx)
	for i, s := range sites {
		group.Go(func() error { return do(ctx, i, s) })
	}
	return group.Wait()
}

// open starts the stack, or finds the one that was kept, and brings product and
// samples to it.
func (s *site) open(ctx context.Context, name string) error {
	up, err := provide(ctx, name)
	if err != nil {
		return err
	}
	if s.Cluster, err = cluster.New(up); err != nil {
		return errors.Join(err, up.Stop())
	}
	const limit = 8 * time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("the product and the samples were not ready within %s", limit))
	defer cancel()
	err = s.DeployProduct(ctx)
	if err == nil {
		err = s.EnsureSamples(ctx)
	}
	if err != nil {
		return errors.Join(err, s.keepDump("setup"))
	}
	return nil
}

func provide(ctx context.Context, name string) (*stack.Stack, error) {
	if *keep {
		if s, err := stack.Attach(name); err == nil {
			return s, nil
		}
	}
	return stack.Start(ctx, stack.Options{Name: name, Bin: *bin, Log: os.Stdout, Detach: *keep})
}

// way into the mesh, with the two streams that every scenario has.
func (s *site) way(ctx context.Context) (load.Config, error) {
	gateway, err := s.Stack.GatewayURL(ctx)
	return load.Config{URL: gateway, Dial: s.Stack.Dial, Carries: s.carries,
		Streams: []load.Stream{load.Tagged(cluster.Lane), load.Untagged()}}, err
}

// keepDump writes the cluster's objects and logs to a file, where there is no
// test yet that has a folder for them.
func (s *site) keepDump(name string) error {
	f, err := os.CreateTemp("", "lanekeeper-e2e-"+name+"-*.txt")
	if err != nil {
		return err
	}
	s.Dump(f)
	fmt.Println("objects and logs are in", f.Name())
	return f.Close()
}

// playAll plays the scenarios as subtests, on whichever site is free.
func playAll(t *testing.T, all []scenario) {
	queue := make(chan scenario)
	var playing sync.WaitGroup
	for _, s := range sites {
		playing.Go(func() {
			for sc := range queue {
				t.Run(sc.name, func(t *testing.T) { s.perform(t, sc) })
			}
		})
	}
	for _, sc := range all {
		if sc.once || !*once {
			queue <- sc
		}
	}
	close(queue)
	playing.Wait()
}
