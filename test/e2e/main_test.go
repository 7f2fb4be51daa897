package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"testing"
)

var (
	keep   = flag.Bool("keep", false, "use the stack that is up under the name, or start one, and leave it up")
	name   = flag.String("stack", "e2e", "name of the stack; of the second it is name-2, and so on")
	stacks = flag.Int("stacks", 1, "how many stacks to play on, side by side")
	bin    = flag.String("bin", "", "the folder with the built parts (default: bin of the repository)")
	once   = flag.Bool("once", false, "only the scenarios that together show every promise")
	list   = flag.Bool("list", false, "print the names of all scenarios, and play none")
)

// What all scenarios share: the stacks to play on, the context that an interrupt
// ends, and the sums.
var (
	sites   []*site
	rootCtx context.Context
	totals  figures
	played  atomic.Int64 // scenarios
)

func TestMain(m *testing.M) {
	flag.Parse()
	if *list {
		printNames()
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	rootCtx = ctx
	code := 1
	if err := withSites(ctx, func() { code = m.Run() }); err != nil {
		fmt.Fprintln(os.Stderr, "end to end:", err)
		code = 1
	}
	stop()
	os.Exit(code)
}

// withSites runs the tests on stacks with the product and the samples, and ends the
// stacks whatever happens, unless they are to be kept.
func withSites(ctx context.Context, tests func()) (err error) {
	if *stacks < 1 {
		return fmt.Errorf("-stacks=%d: at least one is needed", *stacks)
	}
	if !*keep {
		defer func() {
			for _, s := range sites {
				if s.Cluster != nil { // else it did not start
					err = errors.Join(err, s.Stack.Stop())
				}
			}
		}()
	}
	if err := openSites(ctx, *stacks); err != nil {
		return err
	}
	tests()
	fmt.Print(totals.String())
	if played.Load() == 0 {
		return errors.New("no scenario has the name that was asked for; `go test ./e2e -v -args -list` prints them all")
	}
	if *keep {
		fmt.Printf("\nthe stack %q stays up: see bin/stack help; end it with bin/stack down -name %s\n", *name, *name)
	}
	return nil
}

// printNames prints a line per scenario: its test, its name, and whether it is one
// of those that show every promise.
func printNames() {
	for _, list := range []struct {
		test string
		all  []scenario
	}{{"TestScenarios", scenarios()}, {"TestFaults", faults}} {
		for _, s := range list.all {
			set := "all"
			if s.once {
				set = "once"
			}
			fmt.Println(list.test, s.name, set)
		}
	}
}
