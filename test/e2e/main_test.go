package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/e2e/scenario"
)

var (
	keep   = flag.Bool("keep", false, "use the stack that is up under the name, or start one, and leave it up")
	name   = flag.String("stack", "e2e", "name of the stack; of the second it is name-2, and so on")
	stacks = flag.Int("stacks", 1, "how many stacks to play on, side by side")
	bin    = flag.String("bin", "", "the folder with the built parts (default: bin of the repository)")
	once   = flag.Bool("once", false, "only the scenarios that together show every promise")
	list   = flag.Bool("list", false, "print the names of all scenarios, and play none")
)

// What all tests share: the stacks that they play on, and the context that an
// interrupt ends.
var (
	run     *scenario.Run
	rootCtx context.Context
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
	options := scenario.Options{Keep: *keep, Name: *name, Stacks: *stacks, Bin: *bin, Once: *once}
	if err := scenario.OnStacks(ctx, options, func(r *scenario.Run) { run = r; code = m.Run() }); err != nil {
		fmt.Fprintln(os.Stderr, "end to end:", err)
		code = 1
	}
	stop()
	os.Exit(code)
}

func TestScenarios(t *testing.T) { run.Play(rootCtx, t, scenarios()) }

// TestFaults leads the managers' calls through package apifault, on every stack.
func TestFaults(t *testing.T) {
	require.NoError(t, run.Breakable(rootCtx))
	defer func() { assert.NoError(t, run.Unbreakable(rootCtx)) }()
	all := slices.Clone(faults)
	for i := range all {
		all[i].Aside = true
	}
	run.Play(rootCtx, t, all)
}

// printNames prints a line per scenario: its test, its name, and whether it is one
// of those that show every promise.
func printNames() {
	for _, list := range []struct {
		test string
		all  []scenario.Scenario
	}{{"TestScenarios", scenarios()}, {"TestFaults", faults}} {
		for _, s := range list.all {
			set := "all"
			if s.Once {
				set = "once"
			}
			fmt.Println(list.test, s.Name, set)
		}
	}
}
