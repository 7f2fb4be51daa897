package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/stack"
)

var (
	keep = flag.Bool("keep", false, "use the stack that is up under the name, or start one, and leave it up")
	name = flag.String("stack", "e2e", "name of the stack")
)

// The stack that all scenarios share, and the context that an interrupt ends.
var (
	shared  *cluster.Cluster
	rootCtx context.Context
	totals  figures
)

func TestMain(m *testing.M) {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	rootCtx = ctx
	code := 1
	if err := withCluster(ctx, func() { code = m.Run() }); err != nil {
		fmt.Fprintln(os.Stderr, "end to end:", err)
		code = 1
	}
	stop()
	os.Exit(code)
}

// withCluster runs the tests on a stack with the product and the samples, and
// ends the stack whatever happens, unless it is to be kept.
func withCluster(ctx context.Context, tests func()) (err error) {
	s, err := provide(ctx)
	if err != nil {
		return err
	}
	if !*keep {
		defer func() { err = errors.Join(err, s.Stop()) }()
	}
	if shared, err = cluster.New(s); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, 4*time.Minute, errors.New("the product and the samples were not ready within 4m"))
	defer cancel()
	begun := time.Now()
	err = shared.DeployProduct(ctx)
	if err == nil {
		err = shared.EnsureSamples(ctx)
	}
	if err != nil {
		return errors.Join(err, keepDump("setup"))
	}
	fmt.Printf("product and samples are ready after %.1fs\n", time.Since(begun).Seconds())
	tests()
	fmt.Print(totals.String())
	if *keep {
		fmt.Printf("\nthe stack %q stays up: see bin/stack help; end it with bin/stack down -name %s\n", *name, *name)
	}
	return nil
}

func provide(ctx context.Context) (*stack.Stack, error) {
	if *keep {
		if s, err := stack.Attach(*name); err == nil {
			return s, nil
		}
	}
	return stack.Start(ctx, stack.Options{Name: *name, Log: os.Stdout, Detach: *keep})
}

// keepDump writes the cluster's objects and logs to a file, where there is no
// test yet that has a folder for them.
func keepDump(name string) error {
	f, err := os.CreateTemp("", "lanekeeper-e2e-"+name+"-*.txt")
	if err != nil {
		return err
	}
	shared.Dump(f)
	fmt.Println("objects and logs are in", f.Name())
	return f.Close()
}
