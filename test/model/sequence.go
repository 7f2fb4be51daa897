package model

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime"
)

// Sequence is a world's setup and what happens in it, action by action.
type Sequence struct {
	Setup
	Actions []string
}

// Outcome is what became of a sequence.
type Outcome struct {
	Sequence
	// Violated says which promise was broken; empty if none was.
	Violated string
	// Skipped are actions that were not possible when it was their turn.
	Skipped []string

	kind string
}

// Player plays sequences.
type Player struct {
	Scheme *runtime.Scheme
	Log    logr.Logger
	// Moves lets the baseline move in random sequences, too.
	Moves bool
}

// Random plays the sequence of a seed.
func (p Player) Random(t *testing.T, seed uint64, length int) Outcome {
	r := rand.New(rand.NewPCG(seed, 0))
	s := Setup{
		Patched: r.IntN(2) == 0, Named: r.IntN(3) == 0, Three: r.IntN(2) == 0,
		Slow: r.IntN(4) == 0, Entry: services[r.IntN(2)], Older: r.IntN(6) == 0,
	}
	classes := swarm(r)
	return p.play(t, s, func(w *world) {
		w.baselineMoves = p.Moves
		for range length/2 + r.IntN(length) {
			if w.happen(r, classes); w.judge.violated != "" {
				return
			}
		}
	})
}

// Again plays a sequence that is known. What is not possible is skipped.
func (p Player) Again(t *testing.T, s Sequence) Outcome {
	var skipped []string
	out := p.play(t, s.Setup, func(w *world) {
		w.baselineMoves = true
		for _, name := range s.Actions {
			if !w.try(name) {
				skipped = append(skipped, name)
			}
			if w.judge.violated != "" {
				return
			}
		}
	})
	out.Skipped = skipped
	return out
}

// play plays in a new world, and in the end lets it come to rest and go.
func (p Player) play(t *testing.T, s Setup, story func(*world)) Outcome {
	out := Outcome{Sequence: Sequence{Setup: s}}
	synctest.Test(t, func(*testing.T) {
		w := newWorld(s, p.Scheme, p.Log)
		defer w.close()
		defer func() {
			if cause := recover(); cause != nil { // in the model itself
				out.Violated, out.kind = fmt.Sprintf("panic: %v\n%s", cause, debug.Stack()), "panic"
				out.Actions = slices.Clone(w.told)
			}
		}()
		story(w)
		out.Actions = slices.Clone(w.told)
		if w.judge.violated == "" {
			w.finish()
		}
		if w.judge.violated == "" {
			w.handOver()
		}
		if w.judge.violated == "" {
			w.leave()
		}
		out.Violated, out.kind = w.judge.violated, w.judge.kind
	})
	return out
}

// Shrink leaves out of a sequence what the violation does not need. Actions go
// by their names, so the rest of a sequence means the same without some of them.
func (p Player) Shrink(t *testing.T, failed Outcome, until time.Time) Outcome {
	for size := len(failed.Actions) / 2; size > 0; {
		shrunk := false
		for at := 0; at+size <= len(failed.Actions) && time.Now().Before(until); {
			less := Sequence{failed.Setup, slices.Delete(slices.Clone(failed.Actions), at, at+size)}
			if out := p.Again(t, less); out.kind == failed.kind {
				failed, shrunk = out, true
			} else {
				at += size
			}
		}
		if size > 1 {
			size = min(size, len(failed.Actions)) / 2
		} else if !shrunk || !time.Now().Before(until) {
			size = 0
		}
	}
	return failed
}

const setupFormat = "patched=%t named=%t three=%t slow=%t older=%t entry=%s"

// String is a sequence as testdata has it.
func (s Sequence) String() string {
	return fmt.Sprintf(setupFormat+"\n%s\n", s.Patched, s.Named, s.Three, s.Slow, s.Older, s.Entry, strings.Join(s.Actions, "\n"))
}

// Parse reads a sequence; lines that begin with # are notes.
func Parse(text string) (Sequence, error) {
	var s Sequence
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(text), "\n"), func(l string) bool { return strings.HasPrefix(l, "#") })
	_, err := fmt.Sscanf(lines[0], setupFormat, &s.Patched, &s.Named, &s.Three, &s.Slow, &s.Older, &s.Entry)
	s.Actions = lines[1:]
	return s, err
}
