package status

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

func TestAGroupIsSettledWhenEveryServiceHasItsBaseline(t *testing.T) {
	a, b := types.NamespacedName{Namespace: "shop", Name: "a"}, types.NamespacedName{Namespace: "shop", Name: "b"}
	has := func(baseline string, complete bool) Service {
		return Service{State: lane.StateManaged, Complete: complete, Baseline: lane.Member{Lane: baseline}}
	}
	for name, tc := range map[string]struct {
		services map[types.NamespacedName]Service
		want     bool
		moving   bool
	}{
		"all have it":             {map[types.NamespacedName]Service{a: has("prod", true), b: has("prod", true)}, true, false},
		"one has the old one":     {map[types.NamespacedName]Service{a: has("prod", true), b: has("base", true)}, false, true},
		"one is about to have it": {map[types.NamespacedName]Service{a: has("prod", true), b: has("prod", false)}, false, false},
		"one is not known":        {map[types.NamespacedName]Service{a: has("prod", true)}, false, false},
		"one is not in the mesh":  {map[types.NamespacedName]Service{a: has("prod", true), b: {State: lane.StatePending}}, true, false},
	} {
		m := Members{Services: tc.services, Group: lane.Group{
			Baseline: "prod", Services: []types.NamespacedName{a, b}, Lanes: []lane.Lane{{Name: "base"}, {Name: "prod"}}}}
		assert.Equal(t, tc.want, m.Settled(), name)
		assert.Equal(t, tc.moving, m.Moving(), name)
		m.ServiceBaseline = map[types.NamespacedName]string{a: "base"}
		assert.False(t, m.Settled() && tc.services[a].Baseline.Lane != "base", name+", of its own")
	}
}
