package caught

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/mutants"
)

var (
	busy   = flag.Bool("busy", false, "keep all cores busy with something else meanwhile")
	stacks = flag.Int("stacks", 1, "how many mutants to run side by side, each on a stack of its own")
)

// hunted are the mutants that were asked for.
var hunted atomic.Int64

// rootCtx is what an interrupt ends, and with it every process of ours.
var rootCtx context.Context

func TestMain(m *testing.M) {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	rootCtx = ctx
	if err := flag.Set("test.parallel", strconv.Itoa(*stacks)); err != nil {
		fmt.Fprintf(os.Stderr, "-stacks=%d: %v\n", *stacks, err)
		os.Exit(2)
	}
	if *busy {
		for range runtime.NumCPU() {
			go spin(ctx)
		}
	}
	code := m.Run()
	if hunted.Load() == 0 {
		fmt.Fprintln(os.Stderr, "no mutant has the name that was asked for; their names are in test/mutants")
		code = 1
	}
	stop()
	os.Exit(code)
}

// spin keeps a core busy.
func spin(ctx context.Context) {
	for ctx.Err() == nil {
	}
}

// TestMutants runs what must see each mutant, and prints a line for each.
func TestMutants(t *testing.T) {
	root, err := builder.FindRoot()
	require.NoError(t, err)
	w, err := newWorkshop(rootCtx, root)
	require.NoError(t, err)
	for _, m := range mutants.All() {
		t.Run(m.Name, func(t *testing.T) {
			hunted.Add(1)
			t.Parallel()
			if rootCtx.Err() != nil {
				t.Fatal("interrupted before it was run")
			}
			require.NoError(t, w.require(m))
			begun := time.Now()
			line, err := w.hunt(rootCtx, m)
			say(m, time.Since(begun), line, err)
			if err != nil {
				t.Fatal(err)
			}
		})
	}
}

// say prints what became of a mutant, as it becomes known.
func say(m mutants.Mutant, took time.Duration, line string, err error) {
	said := "caught by " + strings.Join(m.Seen.Run, "/") + ": " + line
	switch {
	case errors.Is(err, context.Canceled):
		said = "interrupted"
	case err != nil:
		said = "NOT CAUGHT"
	}
	fmt.Printf("%-30s %4.0fs  %.150s\n", m.Name, took.Seconds(), said)
}
