package rolloutwatch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

func TestAnObjectThatDecidesInsteadOfOursIsNamedAndStopsNothing(t *testing.T) {
	w := newWorld(t, fixture.NewChain().Objects()...)
	w.settle()
	w.events()
	w.mesh.hurt = &lane.Problem{Reason: apiv1.ReasonConflict, Message: "theirs decides"}
	w.mesh.notes = []lane.Problem{{Reason: apiv1.ReasonConflict, Message: "another has no effect"}}
	w.settle()

	s := w.group().Status
	row := s.Services[0]
	assert.False(t, row.Programmed)
	assert.Equal(t, apiv1.ReasonConflict, row.Reason)
	assert.Equal(t, "theirs decides; another has no effect", row.Message)
	ready := condition(t, s.Conditions, apiv1.ConditionReady)
	assert.Equal(t, metav1.ConditionFalse, ready.Status)
	assert.Equal(t, apiv1.ReasonConflict, ready.Reason)
	assert.Equal(t, "default/mockb: theirs decides; another has no effect", ready.Message)
	assert.Equal(t, apiv1.ReasonConflict, condition(t, w.lane("base").Status.Conditions, apiv1.ConditionReady).Reason)
	assert.Equal(t, []string{apiv1.ReasonConflict}, w.events(), "of what hurts")
	assert.Equal(t, lane.StateManaged, w.mesh.applied[len(w.mesh.applied)-1].State)

	w.mesh.hurt, w.mesh.notes = nil, nil
	w.settle()
	assert.Equal(t, apiv1.ReasonProgrammed, condition(t, w.group().Status.Conditions, apiv1.ConditionReady).Reason)
	assert.Empty(t, w.group().Status.Services[0].Reason)
}

func TestAnObjectWithoutEffectIsNamedOnAReadyGroup(t *testing.T) {
	c := fixture.NewChain()
	enterAt(c.Group, "gw")
	c.Base.Spec.IngressRules = []apiv1.IngressRule{enterBy("/mock")}
	w := newWorld(t, c.Objects()...)
	w.mesh.notes = []lane.Problem{{Reason: apiv1.ReasonConflict, Message: "theirs has no effect"}}
	w.mesh.ingressNotes = []lane.Problem{{Reason: apiv1.ReasonConflict, Message: "nor has that route"}}
	w.settle()

	assert.Empty(t, w.events(), "there is nothing to do")
	s := w.group().Status
	assert.True(t, s.Services[0].Programmed)
	assert.Equal(t, "1/1", s.ServicesReady)
	assert.Equal(t, apiv1.ReasonConflict, s.Services[0].Reason)
	ready := condition(t, s.Conditions, apiv1.ConditionReady)
	assert.Equal(t, metav1.ConditionTrue, ready.Status)
	assert.Equal(t, "1 service and the entry are in the mesh; default/mockb: theirs has no effect", ready.Message)
	entered := condition(t, s.Conditions, apiv1.ConditionIngressProgrammed)
	assert.Equal(t, metav1.ConditionTrue, entered.Status)
	assert.Equal(t, "2 routes on Gateway default/gw; nor has that route", entered.Message)
	assert.Equal(t, apiv1.ReasonProgrammed, condition(t, w.lane("base").Status.Conditions, apiv1.ConditionReady).Reason)
}

// enterBy is a rule of the baseline, which becomes two routes.
func enterBy(path string) apiv1.IngressRule {
	return apiv1.IngressRule{Name: "in", Online: true,
		Match: apiv1.RequestMatch{URI: apiv1.StringMatch{Exact: path}, Headers: map[string]apiv1.StringMatch{"x-user": {Exact: "jason"}}},
		Route: apiv1.IngressRoute{Destination: apiv1.Destination{Host: "mockb.default.svc.cluster.local"}}}
}

// twoOnAGateway are a group and an older one whose rules ask for the same, and the older one's
// baseline.
func twoOnAGateway() (fixture.Chain, *apiv1.ASMSwimLaneGroup, *apiv1.ASMSwimLane) {
	c := fixture.NewChain()
	enterAt(c.Group, "gw")
	c.Group.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	c.Base.Spec.IngressRules = []apiv1.IngressRule{enterBy("/mock")}
	older, olderBase := fixture.Group(), fixture.Lane("prod")
	older.Name, older.UID, older.CreationTimestamp = "first", "uid-first", metav1.NewTime(time.Unix(1000, 0))
	older.Spec.Services, older.Spec.PermissiveModeConfiguration.FallbackTarget = nil, "prod"
	enterAt(older, "gw")
	olderBase.Labels[apiv1.LabelSwimLaneGroup], olderBase.Spec.IngressRules = "first", []apiv1.IngressRule{enterBy("/mock")}
	return c, older, olderBase
}

// TestOfTwoGroupsOnAGatewayTheOlderEnters, also when it cannot enter yet, and the
// younger when the older is gone.
func TestOfTwoGroupsOnAGatewayTheOlderEnters(t *testing.T) {
	c, older, olderBase := twoOnAGateway()
	w := newWorld(t, c.Objects(older, olderBase)...)
	w.settle()
	entered := condition(t, w.group().Status.Conditions, apiv1.ConditionIngressProgrammed)
	assert.Equal(t, apiv1.ReasonConflict, entered.Reason)
	assert.Contains(t, entered.Message, "ingress rule in of lane prod of the older group first on Gateway default/gw")
	assert.Equal(t, lane.StatePending, w.mesh.entered[len(w.mesh.entered)-1].State)
	said := w.condition(w.lane("base").Status.Conditions, apiv1.ConditionReady, metav1.ConditionFalse, apiv1.ReasonConflict)
	assert.Contains(t, said, "ingress rule in of lane base is left out: the group has no entry: ")
	w.condition(w.lane("canary").Status.Conditions, apiv1.ConditionReady, metav1.ConditionTrue, apiv1.ReasonProgrammed) // it has no rule

	require.NoError(t, w.client.Delete(t.Context(), older))
	w.settle()
	w.condition(w.lane("base").Status.Conditions, apiv1.ConditionReady, metav1.ConditionTrue, apiv1.ReasonProgrammed)
	assert.Equal(t, apiv1.ReasonProgrammed, condition(t, w.group().Status.Conditions, apiv1.ConditionIngressProgrammed).Reason)
	assert.Equal(t, lane.StateManaged, w.mesh.entered[len(w.mesh.entered)-1].State)

	older.ResourceVersion = ""
	require.NoError(t, w.client.Create(t.Context(), older))
	w.settle()
	entered = condition(t, w.group().Status.Conditions, apiv1.ConditionIngressProgrammed)
	assert.Equal(t, apiv1.ReasonConflict, entered.Reason)
	assert.Equal(t, lane.StateManaged, w.mesh.entered[len(w.mesh.entered)-1].State, "what is there is not taken away")
	said = w.condition(w.lane("base").Status.Conditions, apiv1.ConditionReady, metav1.ConditionFalse, apiv1.ReasonConflict)
	assert.Contains(t, said, "ingress rule in of lane base stays as it was: ")
	assert.NotContains(t, said, "has no entry")
}

// A group that is invalid may never enter: it keeps what it has, and nobody out else.
func TestAnOlderGroupThatIsUnusableKeepsNobodyOut(t *testing.T) {
	for name, entered := range map[string]bool{"and never entered": false, "and has entered": true} {
		t.Run(name, func(t *testing.T) {
			c, older, olderBase := twoOnAGateway()
			older.Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = map[string]string{"default/nobody": "prod"}
			w := newWorld(t, c.Objects(older, olderBase)...)
			if entered {
				w.mesh.entries["first"] = []string{"prod"}
			}
			w.settle()
			got := condition(t, w.group().Status.Conditions, apiv1.ConditionIngressProgrammed)
			if entered {
				assert.Equal(t, apiv1.ReasonConflict, got.Reason)
				return
			}
			assert.Equal(t, apiv1.ReasonProgrammed, got.Reason, got.Message)

			require.True(t, w.exists(older))
			older.Spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = nil
			older.Generation++
			require.NoError(t, w.client.Update(t.Context(), older))
			w.settle()
			assert.Equal(t, apiv1.ReasonConflict, condition(t, w.group().Status.Conditions, apiv1.ConditionIngressProgrammed).Reason)
			assert.Equal(t, lane.StateManaged, w.mesh.entered[len(w.mesh.entered)-1].State, "what is there is not taken away")
		})
	}
}

// TestOfTwoGroupsThatNameAServiceTheOlderHasIt until it is gone.
func TestOfTwoGroupsThatNameAServiceTheOlderHasIt(t *testing.T) {
	c := fixture.NewChain()
	c.Group.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	older, olderBase := fixture.Group(), fixture.Lane("prod")
	older.Name, older.UID, older.CreationTimestamp = "first", "uid-first", metav1.NewTime(time.Unix(1000, 0))
	older.Spec.PermissiveModeConfiguration.FallbackTarget = "prod"
	olderBase.Labels[apiv1.LabelSwimLaneGroup] = "first"
	d, rs, pod := c.Canary()
	w := newWorld(t, c.Objects(older, olderBase, d, rs, pod)...)
	w.settle()
	row := w.group().Status.Services[0]
	assert.Equal(t, apiv1.ReasonConflict, row.Reason)
	assert.Equal(t, "Service default/mockb belongs to the older group first: take it out of one of them", row.Message)
	assert.Empty(t, w.mesh.services)

	w.mesh.services[lane.GroupService{Group: "first", Service: fixture.Mockb}] = []string{"prod"}
	require.NoError(t, w.client.Delete(t.Context(), older))
	require.NoError(t, w.reconcile())
	require.True(t, w.exists(pod))
	assert.Contains(t, pod.Labels, apiv1.LabelOutside, "the older's lists do not name our marker")

	delete(w.mesh.services, lane.GroupService{Group: "first", Service: fixture.Mockb})
	w.settle()
	assert.True(t, w.group().Status.Services[0].Programmed)
	require.True(t, w.exists(pod))
	assert.Contains(t, pod.Labels, apiv1.LaneMarker("canary"))
	assert.Contains(t, w.mesh.services, lane.GroupService{Group: "rollout", Service: fixture.Mockb})
}

// TestOfTwoServicesOverTheSamePodsTheOlderGroupsIsTakenOver, and the younger's when the
// older's is gone.
func TestOfTwoServicesOverTheSamePodsTheOlderGroupsIsTakenOver(t *testing.T) {
	c := fixture.NewChain()
	c.Group.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	older, olderBase := fixture.Group(fixture.OfServices("every")), fixture.Lane("prod", fixture.InGroup("first"))
	older.Name, older.UID, older.CreationTimestamp = "first", "uid-first", metav1.NewTime(time.Unix(1000, 0))
	older.Spec.PermissiveModeConfiguration.FallbackTarget = "prod"
	olderBase.Spec.LabelSelector = c.Base.Spec.LabelSelector
	every := fixture.Service("mockb")
	every.Name, every.UID = "every", "uid-every"
	first := lane.GroupService{Group: "first", Service: client.ObjectKeyFromObject(every)}
	message := "its pods are labelled for Service default/every of the older group first, so that the Service is not taken over, and its requests meet all versions: put these Services into one group, or let their selectors differ"

	w := newWorld(t, c.Objects(older, olderBase, every)...)
	_, err := w.services.Reconcile(t.Context(), first)
	require.NoError(t, err)
	w.settle()
	row := w.group().Status.Services[0]
	assert.Equal(t, apiv1.ReasonConflict, row.Reason)
	assert.Equal(t, message, row.Message)
	assert.False(t, row.Programmed)
	assert.Equal(t, []string{apiv1.ReasonConflict}, w.events(), "once")
	assert.Equal(t, map[lane.GroupService][]string{first: {"prod"}}, w.mesh.services)

	w.delete(every)
	w.settle()
	assert.True(t, w.group().Status.Services[0].Programmed)
	assert.Contains(t, w.mesh.services, mockb)

	w.create(every)
	w.settle()
	row = w.group().Status.Services[0]
	assert.Contains(t, row.Message, "older group first, so that requests of a lane that fall back meet pods of those groups' lanes, too")
	assert.False(t, row.Programmed, "a lane that falls back meets the other group's pods")
	assert.Equal(t, lane.StateManaged, w.mesh.applied[len(w.mesh.applied)-1].State, "what is there is not taken away")
	assert.Contains(t, w.mesh.services, mockb)
}

// TestOfTwoLanesWithTheSameLabelOneIsLeftOut and says so; it may go at once, and
// the group goes on.
func TestOfTwoLanesWithTheSameLabelOneIsLeftOut(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	second := fixture.Lane("s2")
	second.Spec.LabelSelector, second.Status = c.Gray.Spec.LabelSelector, apiv1.ASMSwimLaneStatus{}
	w := newWorld(t, c.Objects(d, rs, pod, second)...)
	w.settle()
	accepted := condition(t, w.lane("s2").Status.Conditions, apiv1.ConditionAccepted)
	assert.Equal(t, apiv1.ReasonInvalid, accepted.Reason)
	assert.Equal(t, "lanes canary and s2 could select the same pod: their labelSelectors must share a key with different values; lane canary was there first, so this one is left out", accepted.Message)
	g := w.group().Status
	assert.Equal(t, "base,canary", g.Lanes)
	assert.Equal(t, metav1.ConditionTrue, condition(t, g.Conditions, apiv1.ConditionReady).Status)
	assert.Contains(t, condition(t, g.Conditions, apiv1.ConditionAccepted).Message, "lane s2 is left out: lanes canary and s2 could select the same pod")
	assert.Equal(t, []string{"canary"}, g.Services[0].Lanes)

	w.delete(w.lane("s2"))
	w.settle()
	assert.False(t, w.exists(second), "nothing holds it")
	require.True(t, w.exists(pod))
	assert.Contains(t, pod.Labels, apiv1.LaneMarker("canary"))
	assert.Equal(t, apiv1.ReasonAccepted, condition(t, w.group().Status.Conditions, apiv1.ConditionAccepted).Reason)
}
