package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/internal/fixture"
)

func TestServicesAreIndexedByWhatTellsThemApart(t *testing.T) {
	for want, selector := range map[string]map[string]string{
		"name=mockb":   {"app.kubernetes.io/instance": "shop", "name": "mockb", "tier": "x"},
		"instance=one": {"instance": "one", "tier": "x"},
		"":             nil,
	} {
		s := fixture.Service("mockb")
		s.Spec.Selector = selector
		assert.Equal(t, want, selectorPair(s))
	}
}
