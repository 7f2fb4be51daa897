package status

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// of is a group whose only Service is taken over, and has so many ready pods of the baseline.
func of(t *testing.T, group *apiv1.ASMSwimLaneGroup, ready int32, notes ...lane.Problem) apiv1.ASMSwimLaneGroupStatus {
	t.Helper()
	g, problem := lane.NewGroup(group, []apiv1.ASMSwimLane{*fixture.Lane("base")})
	require.Nil(t, problem)
	service := Service{Observed: true, State: lane.StateManaged, Complete: true, Notes: notes,
		Baseline: lane.Member{Lane: "base", Pods: 1, Ready: ready}}
	var done trafficprovider.Outcome
	done.Phase = trafficprovider.Complete
	return Group(group, Members{Group: g, Services: map[types.NamespacedName]Service{fixture.Mockb: service}}, Ingress{Plan: lane.IngressPlan{State: lane.StateWithdrawn}, Outcome: done})
}

func TestARowSaysThatNoBaselinePodIsReady(t *testing.T) {
	group := fixture.Group(fixture.OfServices("mockb"))
	note := lane.Problem{Reason: apiv1.ReasonConflict, Message: "a note"}

	s := of(t, group, 1, note)
	assert.Equal(t, "a note", s.Services[0].Message)

	s = of(t, group, 0, note)
	assert.Equal(t, apiv1.ReasonNoBaselinePod, s.Services[0].Reason)
	assert.Equal(t, noBaseline.Message+"; a note", s.Services[0].Message)
	assert.True(t, s.Services[0].Programmed, "the mesh has what it should have")
	ready := meta.FindStatusCondition(s.Conditions, apiv1.ConditionReady)
	assert.Equal(t, "default/mockb: "+noBaseline.Message, ready.Message, "once")
}

func TestAGroupSaysThatItsAnnotationMeansNothing(t *testing.T) {
	for value, reason := range map[string]string{"true": apiv1.ReasonAccepted, "false": apiv1.ReasonAccepted, "yes": apiv1.ReasonPartiallySupported} {
		group := fixture.Group(fixture.OfServices("mockb"))
		group.Annotations = map[string]string{apiv1.AnnotationStripTags: value}
		group.Spec.PermissiveModeConfiguration.TraceHeader = ""
		accepted := meta.FindStatusCondition(of(t, group, 1).Conditions, apiv1.ConditionAccepted)
		assert.Equal(t, reason, accepted.Reason, value)
		if reason == apiv1.ReasonPartiallySupported {
			assert.Contains(t, accepted.Message, `annotation lanekeeper.io/strip-tags has no effect: it is "yes"`)
		}
	}
}
