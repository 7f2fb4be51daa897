package model

import (
	"flag"
	"os"
	"testing"
	"testing/synctest"

	"github.com/go-logr/logr"
	"pgregory.net/rapid"
	ctrl "sigs.k8s.io/controller-runtime"
)

var scheme = newScheme()

func TestMain(m *testing.M) {
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

// play plays steps in a new world, and returns the broken promise with the
// story that led to it.
func play(t *testing.T, s Setup, steps []Step) (violated, story string) {
	synctest.Test(t, func(*testing.T) {
		w := newWorld(s, scheme, logr.Discard())
		defer w.close()
		for _, step := range steps {
			if w.take(step); w.judge.violated != "" {
				break
			}
		}
		if w.judge.violated == "" {
			w.tell("# the end")
			w.finish()
		}
		if w.judge.violated == "" {
			w.leave()
		}
		violated, story = w.judge.violated, w.story()
	})
	return violated, story
}

func TestPromises(t *testing.T) {
	setups := rapid.Custom(func(t *rapid.T) Setup {
		return Setup{
			Patched: rapid.Bool().Draw(t, "patched"), Named: rapid.IntRange(0, 4).Draw(t, "named") == 4,
			Slow: rapid.IntRange(0, 3).Draw(t, "slow") == 3, Entry: rapid.SampledFrom(services[:2]).Draw(t, "entry"),
		}
	})
	steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Step {
		return Step{rapid.IntRange(0, len(classes)-1).Draw(t, "class"), rapid.IntRange(0, 1<<16).Draw(t, "choice")}
	}), 1, 80)
	rapid.Check(t, func(r *rapid.T) {
		setup := setups.Draw(r, "setup")
		if violated, story := play(t, setup, steps.Draw(r, "steps")); violated != "" {
			r.Fatalf("%s\n%+v\n%s", violated, setup, story)
		}
	})
}
