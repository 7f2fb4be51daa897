package suite

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	single  = &Group{Name: "single", Estimate: time.Minute}
	several = &Group{Name: "several", Estimate: time.Minute, Batch: 2, Package: "e2e", Test: "TestX", Limit: time.Hour}
)

func pieces(names ...string) []Piece {
	var all []Piece
	for _, n := range names {
		g := several
		if !strings.Contains(n, "/") {
			g = single
		}
		all = append(all, Piece{Name: n, Group: g, Once: strings.HasPrefix(n, "several/once")})
	}
	return all
}

func named(pieces []Piece) (all []string) {
	for _, p := range pieces {
		all = append(all, p.Name)
	}
	return all
}

func TestOrder(t *testing.T) {
	all := pieces("several/a", "several/once1", "several/b", "several/c", "several/once2")
	firsts := map[string]bool{}
	for _, commit := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		got := named(Order(all, commit))
		require.ElementsMatch(t, named(all), got)
		assert.Equal(t, []string{"several/once1", "several/once2"}, got[:2], "what shows every promise is first")
		assert.Equal(t, got, named(Order(all, commit)), "the same for the same commit")
		firsts[got[2]] = true
	}
	assert.Len(t, firsts, 3, "other commits begin elsewhere")
	assert.Empty(t, Order(nil, "1"))
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		name   string
		all    []Piece
		left   time.Duration
		stacks int
		batch  []string
	}{
		{"one piece", pieces("single", "several/a"), time.Hour, 1, []string{"single"}},
		{"as many as a batch holds", pieces("several/a", "several/b", "several/c"), time.Hour, 1, []string{"several/a", "several/b"}},
		{"on two stacks", pieces("several/a", "several/b", "several/c", "several/d", "several/e"), time.Hour, 2,
			[]string{"several/a", "several/b", "several/c", "several/d"}},
		{"of one group only", pieces("several/a", "single", "several/b"), time.Hour, 1, []string{"several/a", "several/b"}},
		{"as many as the time holds", pieces("several/a", "several/b"), 90 * time.Second, 1, []string{"several/a"}},
		{"side by side", pieces("several/a", "several/b", "several/c"), 90 * time.Second, 2, []string{"several/a", "several/b"}},
		{"no time", pieces("several/a"), time.Second, 1, nil},
		{"nothing", nil, time.Hour, 1, nil},
	} {
		batch, others := Next(c.all, c.left, c.stacks)
		assert.Equal(t, c.batch, named(batch), c.name)
		assert.Len(t, others, len(c.all)-len(batch), c.name)
	}
}

func TestRecord(t *testing.T) {
	dir := t.TempDir()
	all := pieces("several/a", "several/b", "several/c")
	r, err := Open(dir, "abc")
	require.NoError(t, err)
	require.NoError(t, r.Set("several/a", Result{Passed: true, Took: time.Minute}))
	require.NoError(t, r.Set("several/b", Result{}))

	again, err := Open(dir, "abc")
	require.NoError(t, err)
	assert.Equal(t, []string{"several/b", "several/c"}, named(again.Left(all)))
	require.NoError(t, again.Set("several/b", Result{Passed: true, Took: 30 * time.Second}))
	assert.Equal(t, []string{"several/c"}, named(again.Left(all)))

	var out strings.Builder
	Summarize(&out, again, all, []string{"COLLAPSED: killed: …"})
	assert.Contains(t, out.String(), "several        2 of   3 run,   2 passed,   1.5 minutes")
	assert.Contains(t, out.String(), "COLLAPSED: killed")
	assert.Contains(t, out.String(), "had failed before on this commit: several/b")
	assert.Contains(t, out.String(), "still to be run on this commit (make test-all): several/c")

	other, err := Open(dir, "def")
	require.NoError(t, err)
	assert.Len(t, other.Left(all), 3, "nothing is known of another commit")
}

func TestEndingsAreRead(t *testing.T) {
	var shown strings.Builder
	out := newOutput(&shown)
	for _, part := range []string{"=== RUN TestX\n--- FAIL: TestX (9.00s)\n    --- PA", "SS: TestX/a (1.50s)\n    --- FAIL: TestX/b (2.00s)\n    --- SKIP: TestX/c (0.00s)\n", "COLLAPSED: killed: busy\nFAIL"} {
		_, err := out.Write([]byte(part))
		require.NoError(t, err)
	}
	assert.Equal(t, map[string]Result{"TestX/a": {Passed: true, Took: 1500 * time.Millisecond}, "TestX/b": {Took: 2 * time.Second}, "TestX/c": {}}, out.ended)
	assert.Equal(t, []string{"COLLAPSED: killed: busy"}, out.told)
	assert.True(t, strings.HasSuffix(shown.String(), "FAIL"), "everything is shown")

	batch := pieces("several/a", "several/b", "several/d")
	got := several.results(batch, out.ended, false)
	assert.True(t, got["several/a"].Passed)
	assert.False(t, got["several/b"].Passed)
	assert.False(t, got["several/d"].Passed, "nothing was said of it")
	assert.False(t, several.results(batch[:1], out.ended, false)["several/a"].Passed, "the command failed, and no piece says why")
}

func TestRunStopsAtItsDeadline(t *testing.T) {
	r := Runner{Out: io.Discard, Stacks: 1, Record: Unkept("abc")}
	require.NoError(t, r.Run(t.Context(), pieces("single", "several/a"), time.Now()))
	assert.Empty(t, r.Record.Results, "nothing fits, so nothing is begun")
}

func TestScenariosAreParsed(t *testing.T) {
	got, err := parseScenarios([]byte("=== go\nTestScenarios mocka once\nTestFaults blind all\nok  \tlanekeeper.io/test/e2e\t0.1s\n"))
	require.NoError(t, err)
	assert.Equal(t, []Piece{{"scenarios/mocka", releases, true}, {"faults/blind", breakdowns, false}}, got)
	_, err = parseScenarios([]byte("ok"))
	require.Error(t, err)
}

func TestCommandRunsABatch(t *testing.T) {
	args := command(t.Context(), "/repo", pieces("several/a", "several/b"), 4).Args
	assert.Contains(t, args, "-test.run=^TestX$/^(a|b)$")
	assert.Contains(t, args, "-stacks=2", "no more stacks than pieces")
	assert.Equal(t, []string{"make", "--no-print-directory", "test-single"}, command(t.Context(), "/repo", pieces("single"), 4).Args)
}
