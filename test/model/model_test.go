package model

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/stretchr/testify/require"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
)

var (
	sequences = flag.Int("sequences", 200, "how many sequences are played")
	length    = flag.Int("length", 60, "how many actions a sequence has at most")
	seed      = flag.Uint64("seed", 1, "the seed of the first sequence; chosen anew if 0")
	only      = flag.Bool("only", false, "play the sequence of the seed and no other")
	logs      = flag.Bool("logs", false, "show what the controllers log, and every call")
	moves     = flag.Bool("moves", false, "let the baseline move, too")
	shrinking = flag.Duration("shrinking", time.Minute, "how long a failure is shrunk")
)

func TestMain(m *testing.M) {
	flag.Parse()
	player.Moves = *moves
	debug.SetGCPercent(400) // worlds are small and many
	ctrl.SetLogger(logr.Discard())
	if *logs {
		player.Log = logr.FromSlogHandler(slog.NewTextHandler(os.Stdout, nil))
	}
	utilruntime.PanicHandlers = []func(context.Context, any){notePanic}
	os.Exit(m.Run())
}

var player = Player{Scheme: newScheme(), Log: logr.Discard()}

// TestPromises plays sequences of the seeds from -seed on.
func TestPromises(t *testing.T) {
	first := *seed
	if first == 0 {
		first = rand.Uint64()>>32 + 1
	}
	if *only {
		*sequences = 1
	}
	t.Logf("seeds from %d on", first)
	var next, played, actions atomic.Int64
	started := time.Now()
	t.Run("players", func(t *testing.T) {
		for i := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				for n := next.Add(1) - 1; n < int64(*sequences) && !t.Failed(); n = next.Add(1) - 1 {
					out := player.Random(t, first+uint64(n), *length)
					played.Add(1)
					actions.Add(int64(len(out.Actions)))
					if out.Violated != "" {
						next.Store(int64(*sequences))
						shrunk := player.Shrink(t, out, time.Now().Add(*shrinking))
						t.Errorf("seed %d: %s\nshrunk from %d actions to this (%s):\n\n%s", first+uint64(n), out.Violated, len(out.Actions), shrunk.Violated, shrunk)
					}
				}
			})
		}
	})
	t.Logf("%d sequences, %d actions in %s; seeds from %d on", played.Load(), actions.Load(), time.Since(started).Round(time.Second), first)
}

// TestCases plays what was found before.
func TestCases(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			s, err := Parse(string(text))
			require.NoError(t, err)
			out := player.Again(t, s)
			require.Empty(t, out.Violated)
			t.Logf("not possible: %q", out.Skipped)
		})
	}
}
