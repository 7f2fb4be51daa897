package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"
)

// The advice to set a lane's label would take the lane away from the group that has it.
func TestABaselineOfAnotherGroupIsNotToBeTaken(t *testing.T) {
	cart := types.NamespacedName{Namespace: "shop", Name: "cart"}
	g := Group{Name: "team2", Baseline: "base", ServiceBaseline: map[types.NamespacedName]string{cart: "stable"}, Lanes: []Lane{{Name: "mine"}}}
	groupOf := map[string]string{"base": "rollout", "mine": "team2", "canary": "rollout"}
	elsewhere := func() map[string]string { return g.LanesElsewhere(func(name string) string { return groupOf[name] }) }

	assert.Equal(t, map[string]string{"base": "rollout"}, elsewhere())
	g.Elsewhere = elsewhere()
	assert.Equal(t, "group team2 waits for its baseline: lane base (fallbackTarget) is of group rollout, and a lane is of one group only: "+
		"create another lane with the label swimlane-group: team2, and name that", g.MissingBaseline().Message)
	assert.Equal(t, "service shop/cart waits for its baseline: lane stable (serviceLevelFallbackTarget) does not exist yet: "+
		"apply it with the label swimlane-group: team2, or correct the field", g.missingBaselineOf(cart).Message)

	g.Baseline, g.ServiceBaseline = "mine", nil
	assert.Nil(t, elsewhere(), "its own")
	groupOf["mine"] = ""
	g.Lanes = nil
	assert.Nil(t, elsewhere(), "a lane of no group is free")
}
