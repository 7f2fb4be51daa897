package foreign

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever has a namespace may have any number of objects in it.
func TestNobodyMakesAMessageTooLong(t *testing.T) {
	many := func(f Finding) (out []Finding) {
		for i := range 1000 {
			f.object = fmt.Sprintf("DestinationRule shop/r%03d", i)
			out = append(out, f)
		}
		return out
	}
	c := Summarize(many(Finding{effect: "gives way", cure: "nothing"}), true)
	require.Len(t, c.Notes, maxNamed+1)
	assert.Equal(t, "DestinationRule shop/r000 gives way: nothing", c.Notes[0].Message)
	assert.Equal(t, "more objects of others are like these: 980", c.Notes[maxNamed].Message)

	c = Summarize(many(Finding{effect: "decides", cure: "delete it", decides: true, blocks: true}), false)
	assert.Less(t, len(c.Block.Message), 2000)
	assert.Contains(t, c.Block.Message, "DestinationRule shop/r019 decides: delete it; and 980 more")
	assert.Len(t, Summarize(many(Finding{})[:maxNamed], true).Notes, maxNamed)
}
