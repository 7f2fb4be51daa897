package scenario

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/stack"
	"lanekeeper.io/test/stack/state"
)

const (
	before = "2026-11-26T01:02:02.999999Z\tinfo\tads\tbefore it\n\tits second line\n"
	during = "2026-11-26T01:02:03.000001Z\twarn\tads\tpush\n\tgoroutine 1\n2026-11-26T01:02:09.5Z\tinfo\tads\tlast"
)

var begun = time.Date(2026, 11, 26, 1, 2, 3, 0, time.UTC)

func TestALogIsCopiedFromATimeOn(t *testing.T) {
	for name, tt := range map[string]struct{ log, want string }{
		"before and during": {before + during, during},
		"all of it":         {during, during},
		"nothing":           {before, ""},
		"an empty one":      {"", ""},
		"the very moment":   {"2026-11-26T01:02:03Z\tinfo", "2026-11-26T01:02:03Z\tinfo"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			require.NoError(t, copySince(&out, strings.NewReader(tt.log), begun))
			assert.Equal(t, tt.want, out.String())
		})
	}
}

func TestTheEvidenceHasIstiodsLog(t *testing.T) {
	dir := state.Dir(t.TempDir())
	self, err := state.Identify(os.Getpid())
	require.NoError(t, err)
	require.NoError(t, dir.Write(state.Record{Init: self}))
	up, err := stack.AttachDir("some", string(dir))
	require.NoError(t, err)
	p := &Play{t: t, Site: &Site{Cluster: &cluster.Cluster{Stack: up, Timeline: &timeline.Timeline{}}}}
	p.Timeline.Add(timeline.Event{At: begun, Kind: timeline.Note})

	evidence := t.TempDir()
	require.ErrorContains(t, p.writeIstiod(evidence), "istiod.log")
	require.NoError(t, os.MkdirAll(dir.Logs(), 0o755))
	require.NoError(t, os.WriteFile(dir.Log("istiod"), []byte(before+during), 0o600))
	require.NoError(t, p.writeIstiod(evidence))
	kept, err := os.ReadFile(filepath.Join(evidence, "istiod.txt"))
	require.NoError(t, err)
	assert.Equal(t, during, string(kept))
}
