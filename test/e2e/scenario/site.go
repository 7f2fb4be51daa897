package scenario

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"lanekeeper.io/test/e2e/apifault"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/load"
	"lanekeeper.io/test/stack"
)

// Site is a stack to play on, with the product and the samples. One scenario at a
// time plays on it, and it knows what the machine carries while all sites are under
// load.
type Site struct {
	*cluster.Cluster
	// Faulty stands between the managers and the API server while things break down.
	Faulty *apifault.Proxy

	run     *Run
	name    string // of the stack
	carries load.Capacity
}

// open starts the stack, or finds the one that was kept, and brings product and
// samples to it.
func (s *Site) open(ctx context.Context) error {
	up, err := s.provide(ctx)
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

func (s *Site) provide(ctx context.Context) (*stack.Stack, error) {
	o := s.run.options
	if o.Keep {
		if up, err := stack.Attach(s.name); err == nil {
			return up, up.RunsFrom(o.Bin)
		}
	}
	return stack.Start(ctx, stack.Options{Name: s.name, Bin: o.Bin, Log: os.Stdout, Detach: o.Keep})
}

// measure finds out what the machine carries.
func (s *Site) measure(ctx context.Context) error {
	way, err := s.way(ctx)
	if err != nil {
		return err
	}
	sized, err := load.Sized(ctx, way)
	if err != nil {
		return errors.Join(err, s.keepDump("measuring"))
	}
	s.carries = sized.Carries
	fmt.Printf("stack %s: %s\n", s.name, sized)
	return nil
}

// Way is into the mesh, with the load's streams, for a step that sends by itself.
func (s *Site) Way(ctx context.Context) (load.Config, error) { return s.way(ctx) }

// way into the mesh, with the two streams that every scenario has.
func (s *Site) way(ctx context.Context) (load.Config, error) {
	gateway, err := s.Stack.GatewayURL(ctx)
	return load.Config{URL: gateway, Dial: s.Stack.Dial, Carries: s.carries,
		Streams: []load.Stream{load.Tagged(cluster.Lane), load.Untagged()}}, err
}

// keepDump writes the cluster's objects and logs to a file, where there is no
// test yet that has a folder for them.
func (s *Site) keepDump(name string) error {
	f, err := os.CreateTemp("", "lanekeeper-e2e-"+name+"-*.txt")
	if err != nil {
		return err
	}
	s.Dump(f)
	fmt.Println("objects and logs are in", f.Name())
	return f.Close()
}

func (s *Site) breakable(ctx context.Context) (err error) {
	if s.Faulty, err = apifault.Start(s.Stack); err != nil {
		return err
	}
	if err := s.Deploy(ctx, cluster.ProductWithFaults); err != nil {
		return err
	}
	return s.AwaitNoOldManager(ctx)
}

// unbreakable leaves a stack as others expect it.
func (s *Site) unbreakable(ctx context.Context) error {
	err := s.DeployProduct(ctx)
	s.Faulty.Cut()
	return err
}
