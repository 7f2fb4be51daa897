package lane

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Whoever has a namespace writes on his Rollouts what he likes.
func TestNoRolloutMakesAMessageTooLong(t *testing.T) {
	long := strings.Repeat("\x01", 250_000)
	for name, target := range map[string]Target{
		"its annotation": {Annotation: long},
		"its pod label":  {PodLabels: map[string]string{tagLabel: long}},
	} {
		_, problem := TargetLane(chain("canary"), mockb, target)
		require.NotNil(t, problem, name)
		assert.Less(t, len(problem.Message), 600, name)
		assert.Contains(t, problem.Message, "(gray lanes: canary): correct it, or apply that lane", name)
	}
}

func TestTargetLane(t *testing.T) {
	renamed := chain("canary", "blue")
	renamed.Lanes[2].Selector = renamed.Lanes[1].Selector
	renamed.Lanes[1].Deleting = true
	for name, tc := range map[string]struct {
		group   Group
		target  Target
		lane    string
		problem string
	}{
		"its pod label":                {chain("canary", "s2"), Target{PodLabels: map[string]string{tagLabel: "s2"}}, "s2", ""},
		"its annotation":               {chain("canary", "s2"), Target{Annotation: "s2"}, "s2", ""},
		"the pod label beats it":       {chain("canary", "s2"), Target{PodLabels: map[string]string{tagLabel: "canary"}, Annotation: "s2"}, "canary", ""},
		"a lane under its new name":    {renamed, Target{PodLabels: map[string]string{tagLabel: "canary"}}, "blue", ""},
		"the only gray lane":           {chain("canary"), Target{PodLabels: map[string]string{"team": "a"}}, "canary", ""},
		"two gray lanes, nothing said": {chain("canary", "s2"), Target{}, "", "has 2 gray lanes (canary, s2)"},
		"no gray lane":                 {chain(), Target{}, "", "has 0 gray lanes (none)"},
		"a label of no lane":           {chain("canary"), Target{PodLabels: map[string]string{tagLabel: "v9"}}, "", "ASM_TRAFFIC_TAG=v9"},
		"the baseline is no gray lane": {chain("canary"), Target{PodLabels: map[string]string{tagLabel: "base"}}, "", "gray lanes: canary"},
		"an annotation that is a typo": {chain("canary"), Target{Annotation: "canery"}, "", `names "canery"`},
	} {
		t.Run(name, func(t *testing.T) {
			got, problem := TargetLane(tc.group, mockb, tc.target)
			assert.Equal(t, tc.lane, got)
			if tc.problem == "" {
				assert.Nil(t, problem)
				return
			}
			require.NotNil(t, problem)
			assert.Contains(t, problem.Message, tc.problem)
		})
	}
}
