package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/test/load"
)

func TestChainsThatMixLanes(t *testing.T) {
	chain := func(versions ...string) load.Chain {
		var out load.Chain
		for _, v := range versions {
			out = append(out, load.Hop{Version: v})
		}
		return out
	}
	assert.False(t, mixes(chain("v1", "v2", "v1", "v2")))
	assert.True(t, mixes(chain("v2", "v3")))
}
