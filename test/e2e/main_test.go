package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/steps"
)

var (
	keep   = flag.Bool("keep", false, "use the stack that is up under the name, or start one, and leave it up")
	name   = flag.String("stack", "e2e", "name of the stack; of the second it is name-2, and so on")
	stacks = flag.Int("stacks", 1, "how many stacks to play on, side by side")
	bin    = flag.String("bin", "", "the folder with the built parts (default: bin of the repository)")
	once   = flag.Bool("once", false, "only the scenarios that together show every promise")
	seed   = flag.Uint64("seed", 0, "of the worlds of scenario worlds (0: others each time)")
	list   = flag.Bool("list", false, "print the names of all scenarios, or of those that -run chooses, and play none")
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
		if err := flag.Set("test.v", "false"); err != nil { // names, and nothing between them
			panic(err)
		}
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	rootCtx = ctx
	code := 1
	options := scenario.Options{Keep: *keep, Name: *name, Stacks: *stacks, Bin: *bin, Once: *once}
	var err error
	if options.Chosen, err = chosen(ctx); err == nil {
		err = scenario.OnStacks(ctx, options, func(r *scenario.Run) { run = r; code = m.Run() })
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "end to end:", err)
		code = 1
	}
	stop()
	os.Exit(code)
}

func TestScenarios(t *testing.T) {
	if *list {
		printNames(t, scenarios())
		return
	}
	run.Play(rootCtx, t, scenarios())
}

// TestFaults leads the managers' calls through package apifault, on every stack.
func TestFaults(t *testing.T) {
	if *list {
		printNames(t, faults)
		return
	}
	require.NoError(t, run.Breakable(rootCtx))
	defer func() { assert.NoError(t, run.Unbreakable(rootCtx)) }()
	all := slices.Clone(faults)
	for i := range all {
		all[i].Aside = true
		all[i].Steps = append([]scenario.Step{steps.FreshManagers()}, all[i].Steps...)
	}
	run.Play(rootCtx, t, all)
}

// chosen counts the scenarios that -run chooses. Only package testing knows, so this
// program is asked for their names first.
func chosen(ctx context.Context) (int, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	args := []string{"-list", fmt.Sprintf("-once=%t", *once)}
	for _, f := range []string{"test.run", "test.skip"} {
		args = append(args, fmt.Sprintf("-%s=%s", f, flag.Lookup(f).Value))
	}
	out, err := exec.CommandContext(ctx, self, args...).Output()
	if err != nil {
		return 0, fmt.Errorf("listing the scenarios: %w\n%s", err, out)
	}
	return strings.Count("\n"+string(out), "\nTest"), nil
}

// printNames prints a line per scenario that is chosen: its test, its name, and whether
// it is one of those that show every promise.
func printNames(t *testing.T, all []scenario.Scenario) {
	for _, s := range all {
		set := "all"
		if s.Once {
			set = "once"
		}
		if s.Once || !*once {
			t.Run(s.Name, func(*testing.T) { fmt.Println(t.Name(), s.Name, set) })
		}
	}
}
