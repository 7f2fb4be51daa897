package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// An older group's markers are on the pods, which the younger's lists do not name.
func TestAServiceWhosePodsAnOlderGroupLabels(t *testing.T) {
	key := func(name string) types.NamespacedName { return types.NamespacedName{Namespace: "shop", Name: name} }
	elder, another := GroupService{"first", key("pay")}, GroupService{"second", key("pay-all")}
	one := "its pods are labelled for Service shop/pay of the older group first: put these Services into one group, or let their selectors differ"
	for name, tc := range map[string]struct {
		change    func(*Snapshot)
		takenOver bool
		state     State
		message   string
	}{
		"nobody else's pods":             {func(*Snapshot) {}, false, StateManaged, ""},
		"pods of a Service of its group": {func(s *Snapshot) { s.Sharing = []types.NamespacedName{key("pay")} }, false, StateManaged, ""},
		"it is not taken over":           {func(s *Snapshot) { s.Elders = []GroupService{elder} }, false, StatePending, one},
		"it was taken over and stays":    {func(s *Snapshot) { s.Elders = []GroupService{elder} }, true, StateManaged, one},
		"its pods' labels are not to blame": {func(s *Snapshot) {
			s.Elders, s.Pods = []GroupService{elder}, []Pod{with(basePod("a"), tagLabel, "v9")}
		}, false, StatePending, one},
		"two of them": {func(s *Snapshot) { s.Elders = []GroupService{elder, another} }, false, StatePending,
			"its pods are labelled for Service shop/pay of the older group first and Service shop/pay-all of the older group second: put these Services into one group, or let their selectors differ"},
	} {
		t.Run(name, func(t *testing.T) {
			s := snapshot(chain("canary"), basePod("a"), grayPod("c", "canary"))
			s.TakenOver = tc.takenOver
			tc.change(&s)
			p := Compute(s)
			assert.Equal(t, tc.state, p.State)
			if tc.takenOver {
				assert.Equal(t, []string{"canary"}, lanesOf(p), "it follows its lanes")
			}
			if tc.message == "" {
				assert.Nil(t, p.Problem)
				return
			}
			require.NotNil(t, p.Problem)
			assert.Equal(t, Problem{apiv1.ReasonConflict, tc.message}, *p.Problem)
		})
	}
}
