package status

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

// A new lane waits for every Service, and for one that stands still it would for
// ever.
func TestALaneThatWaitsForAServiceSaysWhy(t *testing.T) {
	s2 := fixture.Lane("s2")
	s2.Status = apiv1.ASMSwimLaneStatus{}
	view := Lane{Object: s2, InGroup: true, Members: Members{
		Group: lane.Group{Name: "rollout", Services: []types.NamespacedName{fixture.Mockb}},
		Services: map[types.NamespacedName]Service{
			fixture.Mockb: {Problem: &lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: "field x of the patch"}},
		}}}
	accepted := view.accepted()
	assert.Equal(t, apiv1.ReasonSettling, accepted.Reason)
	assert.Contains(t, accepted.Message, "default/mockb (PatchRefused: field x of the patch)")
}

// Nothing changes for a group without its baseline, and the lane that was the baseline
// serves everybody: neither is well.
func TestNoLaneOfAGroupWithoutItsBaselineIsReady(t *testing.T) {
	members := Members{Group: lane.Group{Name: "rollout", Baseline: "nope", Lanes: []lane.Lane{{Name: "base"}}}}
	ready := func() metav1.Condition {
		status := Lane{Object: fixture.Lane("base"), InGroup: true, Members: members}.Status()
		return *meta.FindStatusCondition(status.Conditions, apiv1.ConditionReady)
	}
	assert.Equal(t, metav1.ConditionFalse, ready().Status)
	assert.Equal(t, apiv1.ReasonGroupNotAccepted, ready().Reason)
	assert.Contains(t, ready().Message, "group rollout is not accepted: group rollout waits for its baseline: lane nope (fallbackTarget) does not exist")
	members.Baseline = "base"
	assert.Equal(t, metav1.ConditionTrue, ready().Status)
}

// The lane that is to be the baseline is the one that lacks pods, and not the one that serves
// everybody meanwhile.
func TestALaneThatIsToBeTheBaseline(t *testing.T) {
	service := Service{
		Observed: true, State: lane.StateManaged, Complete: true, Routed: []string{"base"}, Baseline: lane.Member{Lane: "base", Pods: 1, Ready: 1},
		Problem: &lane.Problem{Reason: apiv1.ReasonNoBaselinePod, Message: "no ready pod of lane prod"}, Awaited: "prod",
	}
	members := Members{
		Group:    lane.Group{Name: "rollout", Baseline: "prod", Services: []types.NamespacedName{fixture.Mockb}, Lanes: []lane.Lane{{Name: "base"}, {Name: "prod"}}},
		Services: map[types.NamespacedName]Service{fixture.Mockb: service},
	}
	for name, want := range map[string]metav1.ConditionStatus{"base": metav1.ConditionTrue, "prod": metav1.ConditionFalse} {
		status := Lane{Object: fixture.Lane(name), InGroup: true, Members: members}.Status()
		ready := meta.FindStatusCondition(status.Conditions, apiv1.ConditionReady)
		assert.Equal(t, want, ready.Status, "%s: %s", name, ready.Message)
		if name == "prod" {
			assert.Equal(t, "default/mockb: no ready pod of lane prod", ready.Message)
		}
	}
}

func TestALaneOfAStrictGroupForetellsItsErrors(t *testing.T) {
	g := lane.Group{Name: "rollout", Mode: lane.Strict, Baseline: "base", Services: []types.NamespacedName{fixture.Mockb}, Lanes: []lane.Lane{{Name: "base"}, {Name: "s2"}}}
	service := Service{Observed: true, State: lane.StateManaged, Complete: true, Mode: lane.Strict, Routed: []string{"base", "s2"},
		Baseline: lane.Member{Lane: "base", Pods: 1, Ready: 1}, Lacking: []lane.Member{{Lane: "s2"}}, Isolated: []string{"base", "s2"}}
	ready := func() metav1.Condition {
		view := Lane{Object: fixture.Lane("s2"), InGroup: true, Members: Members{Group: g, Services: map[types.NamespacedName]Service{fixture.Mockb: service}}}
		return *meta.FindStatusCondition(view.Status().Conditions, apiv1.ConditionReady)
	}
	assert.Equal(t, metav1.ConditionTrue, ready().Status)
	assert.Equal(t, "the lane is served by 0 services; its callers are answered 503 by those that it lacks: default/mockb", ready().Message)

	g.Ingress, g.Lanes[1].Rules = &lane.Ingress{}, []lane.IngressRule{{Name: "jason", Service: fixture.Mockb}}
	assert.Equal(t, metav1.ConditionFalse, ready().Status, "nobody gets into the lane")
	assert.Equal(t, "ingress rule jason of lane s2 sends its requests to default/mockb, which is not in the lane, and they are answered 503: start a pod of the lane there (without autoUpdate name the Service in spec.services of the lane, too), or let them enter at a Service of the lane", ready().Message)

	service.Gray, service.Lacking = []lane.Member{{Lane: "s2", Pods: 1}}, nil
	assert.Equal(t, metav1.ConditionFalse, ready().Status)
	assert.Equal(t, "default/mockb: none of its pods is ready (0/1), and callers in the lane are answered 503: look at those pods", ready().Message)
}

// A lane whose entry is hidden from the Gateway gets no request, whether or not the entry is in it.
func TestALaneWhoseEntryTheGatewayDoesNotKnow(t *testing.T) {
	service := Service{Observed: true, State: lane.StateManaged, Complete: true, Routed: []string{"base", "s2"}, Baseline: lane.Member{Lane: "base", Pods: 1, Ready: 1}, Isolated: []string{"base", "s2"}}
	g := lane.Group{Name: "rollout", Baseline: "base", Services: []types.NamespacedName{fixture.Mockb}, Ingress: &lane.Ingress{},
		Lanes: []lane.Lane{{Name: "base"}, {Name: "s2", Rules: []lane.IngressRule{{Name: "jason", Service: fixture.Mockb}}}}}
	ready := func() metav1.Condition {
		view := Lane{Object: fixture.Lane("s2"), InGroup: true, Members: Members{Group: g, Services: map[types.NamespacedName]Service{fixture.Mockb: service}}}
		return *meta.FindStatusCondition(view.Status().Conditions, apiv1.ConditionReady)
	}
	assert.Equal(t, metav1.ConditionTrue, ready().Status)
	service.Hidden = &lane.Problem{Reason: apiv1.ReasonServiceUnsupported, Message: "its x hides it from namespace istio-system"}
	assert.Equal(t, metav1.ConditionFalse, ready().Status)
	assert.Equal(t, "ingress rule jason of lane s2 sends its requests to default/mockb: its x hides it from namespace istio-system", ready().Message)
}

func TestALaneThatNoServiceIsInNamesThoseThatCannotBe(t *testing.T) {
	services := map[types.NamespacedName]Service{fixture.Mockb: {Observed: true, State: lane.StateManaged, Complete: true, Isolated: []string{"s2"}}}
	view := Lane{Object: fixture.Lane("s2"), InGroup: true, Members: Members{Services: services, Group: lane.Group{
		Name: "rollout", Baseline: "base", Services: []types.NamespacedName{fixture.Mockb}, Lanes: []lane.Lane{{Name: "base"}, {Name: "s2"}}}}}
	ready := func() string {
		return meta.FindStatusCondition(view.Status().Conditions, apiv1.ConditionReady).Message
	}
	assert.Equal(t, "no service is in the lane now; its requests meet the baseline", ready())
	services[fixture.Mockb] = Service{Observed: true, State: lane.StatePending, Isolated: []string{"s2"}, Problem: &lane.Problem{Reason: apiv1.ReasonNoBaselinePod, Message: "no pod"}}
	assert.Equal(t, "no service is in the lane now; its requests meet the baseline; not routed by lanes at all, and why its row in the group's status says: default/mockb (NoBaselinePod)", ready())
}
