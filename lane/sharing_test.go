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
	const cure = ": put these Services into one group, or let their selectors differ"
	labelled := "its pods are labelled for Service shop/pay of the older group first, so that "
	one := labelled + "the Service is not taken over, and its requests meet all versions" + cure
	for name, tc := range map[string]struct {
		change    func(*Snapshot)
		takenOver bool
		state     State
		message   string
	}{
		"nobody else's pods":             {func(*Snapshot) {}, false, StateManaged, ""},
		"pods of a Service of its group": {func(s *Snapshot) { s.Sharing = []types.NamespacedName{key("pay")} }, false, StateManaged, ""},
		"it is not taken over":           {func(s *Snapshot) { s.Elders = []GroupService{elder} }, false, StatePending, one},
		"it was taken over and stays":    {func(s *Snapshot) { s.Elders = []GroupService{elder} }, true, StateManaged, labelled + "requests of a lane that fall back meet pods of those groups' lanes, too" + cure},
		"another group's routes go on":   {func(s *Snapshot) { s.Elders, s.HeldByOther = []GroupService{elder}, true }, false, StatePending, labelled + "the Service is not taken over" + cure},
		"its pods' labels are not to blame": {func(s *Snapshot) {
			s.Elders, s.Pods = []GroupService{elder}, []Pod{with(basePod("a"), tagLabel, "v9")}
		}, false, StatePending, one},
		"two of them": {func(s *Snapshot) { s.Elders = []GroupService{elder, another} }, false, StatePending,
			"its pods are labelled for Service shop/pay of the older group first and Service shop/pay-all of the older group second, so that the Service is not taken over, and its requests meet all versions" + cure},
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

// Its clients know nothing of it, and the younger group's row is not where its elder's people look.
func TestTheElderNamesYoungerServicesOfItsPods(t *testing.T) {
	younger := func(name string, selector map[string]string) Younger {
		return Younger{GroupService{"second", types.NamespacedName{Namespace: "default", Name: name}}, selector}
	}
	s := snapshot(chain("canary"), basePod("base-0"))
	s.Younger = []Younger{younger("only-base", map[string]string{"app": "mockb", tagLabel: "base"})}
	assert.Empty(t, Compute(s).Notes, "no gray pod is behind it")

	s.Younger = append(s.Younger, younger("every", map[string]string{"app": "mockb"}))
	p := Compute(s)
	assert.Equal(t, StateManaged, p.State)
	assert.Nil(t, p.Problem)
	assert.Equal(t, []Problem{{apiv1.ReasonConflict, "its pods are also those of default/every of the younger group second, whose clients go past its routes and meet every version unless that group routes them: put these Services into one group, or let their selectors differ"}}, p.Notes)
}
