package scenario

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestWhereNothingIsToBePlayedNothingIsStarted: without parts, a start would fail.
func TestWhereNothingIsToBePlayedNothingIsStarted(t *testing.T) {
	options := Options{Name: "nothing", Stacks: 1, Bin: t.TempDir()}
	tests := func(*Run) { assert.Fail(t, "tests without scenarios") }
	err := OnStacks(t.Context(), options, tests)
	require.ErrorContains(t, err, "no scenario has the name that was asked for; `cd test && go test ./e2e -v -args -list`")

	options.Chosen = 1
	require.ErrorContains(t, OnStacks(t.Context(), options, tests), "not built yet")
	options.Stacks = 0
	require.ErrorContains(t, OnStacks(t.Context(), options, tests), "at least one is needed")
}
