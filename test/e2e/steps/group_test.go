package steps

import (
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	lanev1 "lanekeeper.io/api/v1"
)

// saying is a group, edited once, whose status is of a generation.
func saying(generation int64, message string, rows ...lanev1.GroupServiceStatus) *lanev1.ASMSwimLaneGroup {
	return &lanev1.ASMSwimLaneGroup{
		ObjectMeta: metav1.ObjectMeta{Generation: 2},
		Status: lanev1.ASMSwimLaneGroupStatus{
			ObservedGeneration: generation,
			Services:           rows,
			Conditions: []metav1.Condition{{
				Type: lanev1.ConditionReady, Status: metav1.ConditionTrue, ObservedGeneration: generation, Message: message,
			}},
		},
	}
}

func TestOnlyARowSaysSomething(t *testing.T) {
	theirs := lanev1.GroupServiceStatus{Name: "mockb", Reason: lanev1.ReasonConflict, Message: "it is argocd's"}
	well := lanev1.GroupServiceStatus{Name: "mocka"}
	for name, c := range map[string]struct {
		group *lanev1.ASMSwimLaneGroup
		want  row
		other string
	}{
		"as wanted":           {saying(2, "", well, theirs), row{lanev1.ReasonConflict, "argocd"}, ""},
		"other words":         {saying(2, "", well, theirs), row{lanev1.ReasonConflict, "flux"}, "mockb says Conflict: it is argocd's"},
		"another reason":      {saying(2, "", well, theirs), row{}, "mockb says Conflict: it is argocd's"},
		"no row at all":       {saying(2, ""), row{}, "there is no row of mockb"},
		"rows of others only": {saying(2, "", well), row{}, "there is no row of mockb"},
		"before the edit":     {saying(1, "", well, theirs), row{lanev1.ReasonConflict, "argocd"}, "the rows are of generation 1, and the group of 2"},
	} {
		assert.Equal(t, c.other, rowOtherwise(c.group, "mockb", c.want), name)
	}
}

func TestEveryServiceHasToHaveItsRow(t *testing.T) {
	frozen := func(name string) lanev1.GroupServiceStatus {
		return lanev1.GroupServiceStatus{Name: name, Reason: lanev1.ReasonFrozen}
	}
	want := ofChain(row{reason: lanev1.ReasonFrozen})
	assert.Empty(t, rowsOtherwise(saying(2, "", frozen("mocka"), frozen("mockb"), frozen("mockc")), want))
	assert.Equal(t, "there are 0 rows, and not 3", rowsOtherwise(saying(2, ""), want))
	assert.Equal(t, "there is no row of mockc", rowsOtherwise(saying(2, "", frozen("mocka"), frozen("mockb"), frozen("front")), want))
	assert.Equal(t, "mockb says : ", rowsOtherwise(saying(2, "", frozen("mocka"), lanev1.GroupServiceStatus{Name: "mockb"}, frozen("mockc")), want))
}

func TestAConditionSaysItOfTheSpecAsItIs(t *testing.T) {
	const named = "VirtualService default/users-mockb"
	says := func(g *lanev1.ASMSwimLaneGroup, status string, names ...string) string {
		return conditionOtherwise(g, lanev1.ConditionReady, status, names)
	}
	assert.Empty(t, says(saying(2, named+" has no effect"), "True", named))
	assert.Empty(t, says(saying(2, "all is well"), "True"))
	assert.Contains(t, says(saying(1, named), "True", named), "generation 2", "it is from before the edit")
	assert.Contains(t, says(saying(2, named), "False", named), "Ready is")
	assert.Contains(t, says(saying(2, "all is well"), "True", named), "does not name "+named)
	assert.Contains(t, says(saying(2, named), "True"), "it still says")
	assert.Contains(t, says(&lanev1.ASMSwimLaneGroup{}, "True"), "Ready is nil")
}
