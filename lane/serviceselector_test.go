package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
)

func TestAServiceThatFindsOnlyTheBaselinesPods(t *testing.T) {
	for name, tc := range map[string]struct {
		selector map[string]string
		wrong    bool
	}{
		"by its own label":   {map[string]string{"app": "mockb"}, false},
		"by the baseline's":  {map[string]string{"app": "mockb", tagLabel: "base"}, true},
		"by another lane's":  {map[string]string{"app": "mockb", tagLabel: "canary"}, false}, // no baseline pod is its own
		"nobody has told it": {nil, false},
	} {
		s := snapshot(chain("canary"), basePod("a"))
		s.Service.Selector = tc.selector
		p := Compute(s)
		s.TakenOver = true
		later := Compute(s)
		assert.Equal(t, StateManaged, later.State, name)
		if !tc.wrong {
			assert.Equal(t, StateManaged, p.State, name)
			assert.Nil(t, later.Problem, name)
			continue
		}
		assert.Equal(t, StatePending, p.State, name)
		require.NotNil(t, later.Problem, name)
		assert.Equal(t, Problem{apiv1.ReasonServiceUnsupported,
			"its selector has ASM_TRAFFIC_TAG=base, so that it never finds the pods of lane canary, which have ASM_TRAFFIC_TAG=canary: take ASM_TRAFFIC_TAG out of the Service's selector"}, *p.Problem)
	}
}

// A lane of other Services only says nothing of this one's selector.
func TestALaneWithoutTheLabelOfASelector(t *testing.T) {
	g := chain()
	g.Lanes[0].Selector = map[string]string{"app": "mockb"}
	g.Lanes = append(g.Lanes, laneOf("canary"))
	s := snapshot(g, basePod("a"))
	s.Service.Selector = map[string]string{"app": "mockb"}
	assert.Nil(t, selectorProblem(s))
}
