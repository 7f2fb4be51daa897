package process

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSumOfSeries(t *testing.T) {
	const text = `# HELP members Services that are in a lane now.
members{group="mesh",lane="base"} 2000
members{group="mesh",lane="canary"} 12
members_total 7
`
	total, err := sum(strings.NewReader(text), "members")
	require.NoError(t, err)
	assert.InDelta(t, 2012, total, 0)

	one, err := sum(strings.NewReader(text), "members", `group="mesh"`, `lane="canary"`)
	require.NoError(t, err)
	assert.InDelta(t, 12, one, 0)
}
