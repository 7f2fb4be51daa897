package stack

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEachCheckoutHasItsOwnNames(t *testing.T) {
	ownName := func() string {
		name, err := OwnName("validation-proof")
		require.NoError(t, err)
		require.Regexp(t, validName, name)
		return name
	}
	here := ownName()
	assert.Equal(t, here, ownName(), "the same each time")

	elsewhere := t.TempDir()
	pin := filepath.Join(elsewhere, "test", "tools", "kubernetes")
	require.NoError(t, os.MkdirAll(pin, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(pin, "go.mod"), nil, 0o600))
	t.Chdir(pin)
	assert.NotEqual(t, here, ownName())

	t.Chdir("/")
	_, err := OwnName("truth")
	require.ErrorContains(t, err, "not inside the Lanekeeper repository")
}

func TestAStackOfAnotherCheckoutIsNotPlayedOn(t *testing.T) {
	s := newStack("kept", "/tmp/of-another", "/another/bin")
	require.ErrorContains(t, s.RunsFrom("/ours/bin"), "runs the programs of /another/bin, not of /ours/bin: end it with `bin/stack down -name kept`")
	require.NoError(t, s.RunsFrom("/another/bin"))
}
