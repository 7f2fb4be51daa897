package load

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhatIsSharedOutFairly(t *testing.T) {
	weights := map[string]int{"a": 60, "b": 20, "c": 20}
	for name, tc := range map[string]struct {
		met  map[string]int
		fair bool
	}{
		"as expected":        {map[string]int{"a": 6000, "b": 2000, "c": 2000}, true},
		"by chance":          {map[string]int{"a": 6080, "b": 1950, "c": 1970}, true},
		"too few of one":     {map[string]int{"a": 6300, "b": 1700, "c": 2000}, false},
		"none of one":        {map[string]int{"a": 6000, "b": 4000}, false},
		"of somebody else's": {map[string]int{"a": 6000, "b": 2000, "c": 1999, "d": 1}, false},
	} {
		assert.Equal(t, tc.fair, Unfair(tc.met, weights) == "", name)
	}
	assert.Empty(t, Unfair(map[string]int{"a": 10}, map[string]int{"a": 1}))
	assert.Empty(t, Unfair(map[string]int{"a": 760, "b": 240}, map[string]int{"a": 3, "b": 1}))
	assert.NotEmpty(t, Unfair(map[string]int{"a": 850, "b": 150}, map[string]int{"a": 3, "b": 1}))
}
