package proof

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/e2e/collapse"
	"lanekeeper.io/test/load"
	"lanekeeper.io/test/stack"
)

// TestStackTellsTheTruth plays a release with lane objects written by hand, under
// load that this machine carries. What the controller is later measured by must
// hold without it: otherwise the stack would lie about the mesh.
func TestStackTellsTheTruth(t *testing.T) {
	s := start(t, "truth")
	applySamples(t, s, "1-gateway.yaml", "2-apps.yaml", "4-rollouts.yaml")
	applyLanes(t, s)
	await(t, s, "deployment", "condition=Available", "--all")
	awaitPhase(t, s, "Healthy")

	way := through(t, s)
	way.Streams = []load.Stream{load.Tagged("canary"), load.Untagged()}
	way, err := load.Sized(t.Context(), way)
	require.NoError(t, err)
	eventually(t, way, load.Tagged("canary"), met(1)) // falls back, there is no canary

	versions := releases{before: 1, approved: 2, undone: 3}
	lost := collapse.AtMostTwice(way.Carries, func(carries load.Capacity) ([]load.Record, string) {
		way.Carries = carries
		return versions.play(t, s, way)
	}, func(lost []load.Record, explained string) {
		t.Logf("this machine did not carry the load, and it is played once more at half the rate: %d requests were lost (%s)", len(lost), explained)
		versions = releases{before: 2, approved: 4, undone: 5}
	})
	for _, r := range lost {
		assert.Fail(t, "a request is lost", "%s (%s) at %s: %s", r.ID, r.Stream, r.Start.Format("15:04:05.000"), r.Err)
	}
}

// releases are of mockb: a version that is approved, and one that is undone.
type releases struct{ before, approved, undone int }

// met is the chain whose mockb is of that version.
func met(b int) string { return fmt.Sprintf("mocka:v1 > mockb:v%d > mockc:v1", b) }

// play releases under load and checks who met what. It returns the requests that
// were lost and, where the machine explains each of them, how.
func (r releases) play(t *testing.T, s *stack.Stack, way load.Config) (lost []load.Record, explained string) {
	t.Helper()
	t.Logf("load: %s", way)
	run, err := load.Start(t.Context(), way)
	require.NoError(t, err)
	t.Cleanup(func() { run.Stop() })

	t.Log("publish and approve")
	publish(t, s, r.approved)
	eventually(t, way, load.Tagged("canary"), met(r.approved))
	approved := time.Now()
	approve(t, s, "mockb")
	awaitPhase(t, s, "Healthy")
	eventually(t, way, load.Untagged(), met(r.approved))

	t.Log("publish and undo")
	publish(t, s, r.undone)
	eventually(t, way, load.Tagged("canary"), met(r.undone))
	kubectl(t, s, "kruise", "rollout", "undo", "rollout/rollouts-mockb")
	eventually(t, way, load.Tagged("canary"), met(r.approved))
	awaitPhase(t, s, "Healthy")

	records := run.Stop()
	t.Logf("what was sent:\n%s", load.Summarize(records))
	r.requireTruth(t, records, approved)
	lost = slices.DeleteFunc(records, func(rec load.Record) bool { return rec.Err == "" })
	signs := collapse.Signs{Seconds: run.Seconds()}
	if len(lost) == 0 || slices.ContainsFunc(lost, func(rec load.Record) bool { return !signs.Explain(rec) }) {
		return lost, ""
	}
	return lost, signs.String()
}

// requireTruth: nobody but testers meets what is not approved.
func (r releases) requireTruth(t *testing.T, records []load.Record, approved time.Time) {
	t.Helper()
	for _, rec := range records {
		if rec.Err != "" || rec.Stream != "untagged" {
			continue
		}
		if rec.End.Before(approved) {
			assert.Equal(t, met(r.before), rec.Chain.String(), "request %s met the canary", rec.ID)
		}
		assert.NotEqual(t, met(r.undone), rec.Chain.String(), "request %s met the version that was never approved", rec.ID)
	}
}
