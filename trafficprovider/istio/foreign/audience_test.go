package foreign

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestWhoSeesAnObject(t *testing.T) {
	assert.True(t, audienceOf(nil, "a").everybody)
	assert.True(t, audienceOf([]string{"b", "*"}, "a").everybody)
	assert.True(t, audienceOf([]string{"~"}, "a").nobody())
	assert.True(t, audienceOf([]string{"."}, "a").only("a"))
	assert.True(t, audienceOf([]string{"a", "."}, "a").only("a"))
	assert.True(t, audienceOf([]string{"b"}, "a").has("b"))
	assert.False(t, audienceOf([]string{"b"}, "a").has("a"))
}
