package builder

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/precondition"
)

// TestNeedsAreThoseOfWhatIsNotThereYet: who has everything needs neither pip nor
// gigabytes to build his own programs again.
func TestNeedsAreThoseOfWhatIsNotThereYet(t *testing.T) {
	root, err := FindRoot()
	require.NoError(t, err)
	o := Options{Root: root, Bin: t.TempDir()}
	all, err := Needs(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, []precondition.Program{precondition.Pip, precondition.Iptables}, all.Programs)
	assert.Len(t, all.Space, 4)

	some, err := Needs(t.Context(), o, "envoy")
	require.NoError(t, err)
	assert.Equal(t, []precondition.Program{precondition.Pip}, some.Programs)
	assert.Empty(t, some.Module, "nothing is compiled")

	w, err := newWorkshop(o)
	require.NoError(t, err)
	for _, p := range parts() {
		for _, made := range p.makes {
			require.NoError(t, os.MkdirAll(filepath.Join(w.bin, made), 0o755))
		}
		stamp, err := w.stampOf(p)
		require.NoError(t, err)
		require.NoError(t, w.writeStamp(p, stamp))
	}
	own, err := Needs(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, []precondition.Program{precondition.Iptables}, own.Programs)
	assert.Empty(t, own.Space)
	assert.Less(t, own.Memory, all.Memory)
	assert.NotEmpty(t, own.Module)
}
