package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

// The manager writes the statuses of groups and lanes all the time. Reading all
// of a large group again for each would be most of what it does.
func TestTheRegistryChangesWithWhatItSays(t *testing.T) {
	group := apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: "rollout", UID: "1", Generation: 1, ResourceVersion: "1"}}
	gray := apiv1.ASMSwimLane{ObjectMeta: metav1.ObjectMeta{Name: "canary", UID: "2", Generation: 1, ResourceVersion: "2",
		Labels: map[string]string{apiv1.LabelSwimLaneGroup: "rollout"}}}
	before, _ := versions([]apiv1.ASMSwimLaneGroup{group}, []apiv1.ASMSwimLane{gray})

	cases := map[string]struct {
		edit func(g *apiv1.ASMSwimLaneGroup, l *apiv1.ASMSwimLane)
		same bool
	}{
		"a status of the group": {func(g *apiv1.ASMSwimLaneGroup, _ *apiv1.ASMSwimLane) {
			g.ResourceVersion, g.Status.ServicesReady = "3", "1/1"
		}, true},
		"a status of the lane": {func(_ *apiv1.ASMSwimLaneGroup, l *apiv1.ASMSwimLane) {
			l.ResourceVersion, l.Status.ServicesSummary = "3", "mockb"
		}, true},
		"a lane that is accepted": {func(_ *apiv1.ASMSwimLaneGroup, l *apiv1.ASMSwimLane) {
			l.Status.Group = l.Labels[apiv1.LabelSwimLaneGroup]
			l.Status.Conditions = []metav1.Condition{{Type: apiv1.ConditionAccepted, Status: metav1.ConditionTrue}}
		}, false},
		"a spec of the group": {func(g *apiv1.ASMSwimLaneGroup, _ *apiv1.ASMSwimLane) { g.Generation = 2 }, false},
		"a spec of the lane":  {func(_ *apiv1.ASMSwimLaneGroup, l *apiv1.ASMSwimLane) { l.Generation = 2 }, false},
		"a lane that goes": {func(_ *apiv1.ASMSwimLaneGroup, l *apiv1.ASMSwimLane) {
			l.DeletionTimestamp = new(metav1.Now())
		}, false},
		"another group of the lane": {func(_ *apiv1.ASMSwimLaneGroup, l *apiv1.ASMSwimLane) {
			l.Labels = map[string]string{apiv1.LabelSwimLaneGroup: "other"}
		}, false},
		"an object that was made anew": {func(g *apiv1.ASMSwimLaneGroup, _ *apiv1.ASMSwimLane) { g.UID = "9" }, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			g, l := *group.DeepCopy(), *gray.DeepCopy()
			tc.edit(&g, &l)
			after, _ := versions([]apiv1.ASMSwimLaneGroup{g}, []apiv1.ASMSwimLane{l})
			assert.Equal(t, tc.same, before == after)
		})
	}
}
