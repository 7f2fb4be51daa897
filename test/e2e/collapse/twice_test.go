package collapse

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/test/load"
)

func TestWhatTheMachineExplainsIsPlayedOnceMore(t *testing.T) {
	for name, c := range map[string]struct {
		explained string
		loads     []load.Capacity
		again     []int
	}{
		"the product's doing": {"", []load.Capacity{90}, nil},
		"the machine's doing": {"all cores in use", []load.Capacity{90, 45}, []int{1}},
	} {
		var loads []load.Capacity
		var again []int
		came := AtMostTwice(90, func(carries load.Capacity) (int, string) {
			loads = append(loads, carries)
			return len(loads), c.explained
		}, func(first int, explained string) {
			assert.Equal(t, c.explained, explained)
			again = append(again, first)
		})
		assert.Equal(t, c.loads, loads, name)
		assert.Equal(t, c.again, again, name)
		assert.Equal(t, len(c.loads), came, "%s: the last counts", name)
	}
}
