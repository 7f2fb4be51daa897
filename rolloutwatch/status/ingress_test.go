package status

import (
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

func TestWhatTheConditionOfAnEntrySays(t *testing.T) {
	complete := trafficprovider.Outcome{Step: trafficprovider.Step{Phase: trafficprovider.Complete}}
	route := func(name string) lane.IngressRoute { return lane.IngressRoute{Lane: name} }
	bad := lane.LeftOut{Lane: "s2", Rule: "r", Problem: lane.Problem{Reason: apiv1.ReasonInvalid, Message: "it is bad"}}
	for name, tc := range map[string]struct {
		plan lane.IngressPlan
		want string
		not  string
	}{
		"all is well":              {lane.IngressPlan{State: lane.StateManaged, Baseline: "base", Routes: []lane.IngressRoute{route("base"), route("s2")}}, "2 routes on Gateway", "404"},
		"nobody's rest":            {lane.IngressPlan{State: lane.StateManaged, Baseline: "base", Routes: []lane.IngressRoute{route("s2")}}, "requests that no other lane's rule asks for do not enter", ""},
		"a rule left out":          {lane.IngressPlan{State: lane.StateManaged, Baseline: "base", Routes: []lane.IngressRoute{route("base")}, LeftOut: []lane.LeftOut{bad}}, "it is bad; the other rules are in force", ""},
		"a rule left out, no more": {lane.IngressPlan{State: lane.StateManaged, Baseline: "base", Routes: []lane.IngressRoute{{Lane: "base", AsInForce: true}}, LeftOut: []lane.LeftOut{bad}}, "it is bad", "in force"},
	} {
		c := Ingress{Plan: tc.plan, Outcome: complete}.Condition()
		assert.Contains(t, c.Message, tc.want, name)
		if tc.not != "" {
			assert.NotContains(t, c.Message, tc.not, name)
		}
	}
}

// Routes that are all written, and that no request gets by, are no entry.
func TestAnEntryThatTheGatewayDoesNotKnow(t *testing.T) {
	l := lane.Lane{Name: "base", Rules: []lane.IngressRule{{Name: "all", Service: fixture.Mockb}}}
	in := lane.IngressSnapshot{
		Group: lane.Group{Name: "rollout", Baseline: "base", Services: []types.NamespacedName{fixture.Mockb}, Ingress: &lane.Ingress{}, Lanes: []lane.Lane{l}},
		Plans: []lane.Plan{{Service: fixture.Mockb, State: lane.StateManaged, Baseline: lane.Member{Lane: "base"}}},
	}
	condition := func() metav1.Condition {
		return Ingress{Plan: lane.ComputeIngress(in), Outcome: trafficprovider.Outcome{Step: trafficprovider.Step{Phase: trafficprovider.Complete}}}.Condition()
	}
	assert.Equal(t, metav1.ConditionTrue, condition().Status, condition().Message)
	in.Plans[0].Hidden = &lane.Problem{Reason: apiv1.ReasonServiceUnsupported, Message: "its x hides it"}
	assert.Equal(t, metav1.ConditionFalse, condition().Status)
	assert.Equal(t, apiv1.ReasonServiceUnsupported, condition().Reason)
	assert.Equal(t, "Service default/mockb: its x hides it", condition().Message)
}

func TestAGroupWithoutAnEntryDoesNotClaimOne(t *testing.T) {
	ready := func(ingress string) metav1.Condition {
		return groupReady(yes(apiv1.ConditionAccepted, apiv1.ReasonAccepted, ""), yes(apiv1.ConditionIngressProgrammed, ingress, ""),
			[]apiv1.GroupServiceStatus{{Programmed: true, BaselineReady: 1}}, nil)
	}
	assert.Equal(t, "1 service and the entry are in the mesh", ready(apiv1.ReasonProgrammed).Message)
	assert.Equal(t, "1 service in the mesh, and no entry", ready(apiv1.ReasonNoIngress).Message)
}

// Who waits for a settle is told of what he would not wait for.
func TestAServiceWithoutABaselinePodSaysSoBeforeItSettles(t *testing.T) {
	s := Service{State: lane.StateManaged, Baseline: lane.Member{Lane: "base"}}
	assert.Equal(t, apiv1.ReasonNoBaselinePod, s.reason().Reason)
	s.Baseline.Ready = 1
	assert.Equal(t, apiv1.ReasonSettling, s.reason().Reason)
}

// What a note on pods says is not said once more of their Rollout.
func TestAReasonIsSaidOnce(t *testing.T) {
	why := lane.Problem{Reason: apiv1.ReasonLaneUnknown, Message: "lane s9 does not exist"}
	s := Service{State: lane.StateManaged, Complete: true, Baseline: lane.Member{Lane: "base", Ready: 1}, Releases: []lane.Release{{Problem: &why}}}
	assert.Equal(t, why, *s.reason())
	s.Notes = []lane.Problem{{Reason: apiv1.ReasonLaneUnknown, Message: "no request meets 1 of its ready pods: lane s9 does not exist"}}
	assert.Equal(t, s.Notes[0], *s.reason())
}
