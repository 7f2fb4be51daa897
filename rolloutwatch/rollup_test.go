package rolloutwatch

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

func newQueue(t *testing.T) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	t.Helper()
	q := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	t.Cleanup(q.ShutDown)
	return q
}

func TestStatusIsRolledUpAndTheEntryIsNot(t *testing.T) {
	c := newChain()
	c.gray.Spec.IngressRules = []apiv1.IngressRule{{Name: "in", Online: true, Route: apiv1.IngressRoute{
		Destination: apiv1.Destination{Host: "mockb.default.svc.cluster.local"}}}}
	c.group.Spec.Services = append(c.group.Spec.Services, apiv1.ServiceReference{Namespace: "default", Name: "mockc"})
	u := rollup{facts: newFacts(t, c.objects()...), board: newBoard(), provider: cards{}, after: 50 * time.Millisecond}
	groups, lanes := newQueue(t), newQueue(t)
	require.NoError(t, u.groupOfRows().Start(t.Context(), groups))
	require.NoError(t, u.lanesOfRows().Start(t.Context(), lanes))

	other := mockb
	other.Name = "mockc"
	joined := row{gray: []lane.Member{{Lane: "canary"}}}
	u.board.publish(serviceRequest{"rollout", other}, joined)
	assert.Zero(t, groups.Len(), "behind the entry a lane joins without it")
	u.board.publish(serviceRequest{"rollout", mockb}, joined)
	assert.Equal(t, 1, groups.Len())
	assert.Zero(t, lanes.Len())
	assert.Eventually(t, func() bool { return lanes.Len() == 2 }, time.Second, time.Millisecond, "base and canary, once each")
	assert.Equal(t, 1, groups.Len())
}

func TestObjectsWakeGroupsAndLanes(t *testing.T) {
	c := newChain()
	u := rollup{facts: newFacts(t, c.objects()...), board: newBoard(), provider: cards{}, after: time.Millisecond}
	names := func(handle func(q queue)) []string {
		q := &later{}
		handle(q)
		var out []string
		for _, added := range q.added {
			name, _, _ := strings.Cut(added, " ")
			out = append(out, name)
		}
		return out
	}
	moved := c.gray.DeepCopy()
	moved.Labels = map[string]string{apiv1.LabelSwimLaneGroup: "other"}
	assert.ElementsMatch(t, []string{"rollout", "other"}, names(func(q queue) {
		u.later(u.groupsOfLane).Update(t.Context(), event.UpdateEvent{ObjectOld: c.gray, ObjectNew: moved}, q)
	}), "the group that it left too")
	assert.Equal(t, []string{"old"}, names(func(q queue) {
		u.later(u.groupsOfTraffic).Create(t.Context(), event.CreateEvent{Object: card("x", "old", "mockb")}, q)
	}))
	assert.Len(t, u.groupOfEntry(t.Context(), card("x", "rollout", "")), 1, "the entry is repaired at once")
	assert.Empty(t, u.groupOfEntry(t.Context(), card("x", "rollout", "mockb")))
	assert.ElementsMatch(t, []string{"base", "canary"}, names(func(q queue) {
		u.later(u.lanesOfEntry).Delete(t.Context(), event.DeleteEvent{Object: card("x", "rollout", "")}, q)
	}))
	assert.Empty(t, names(func(q queue) {
		u.later(u.lanesOfEntry).Delete(t.Context(), event.DeleteEvent{Object: card("x", "rollout", "mockb")}, q)
	}), "the row tells of it")
}

func TestWhatIsOnAGatewayWakesItsGroups(t *testing.T) {
	c := newChain()
	enterAt(c.group, "gw")
	beside := newGroup()
	beside.Name = "beside"
	enterAt(beside, "gw")
	elsewhere := newGroup()
	elsewhere.Name = "elsewhere"
	enterAt(elsewhere, "other")
	gone := newGroup()
	gone.Name = "gone"
	enterAt(gone, "gw")
	u := rollup{facts: newFacts(t, c.objects(beside, elsewhere)...), provider: cards{}}

	route := card("route", "", "")
	route.Labels, route.Data = nil, map[string]string{"gateway": "gw"}
	both := []string{"beside", "rollout"}
	assert.Equal(t, both, u.groupsOfTraffic(t.Context(), route), "an object on the gateway")
	route.Data["gateway"] = "nobodys"
	assert.Empty(t, u.groupsOfTraffic(t.Context(), route))
	assert.Equal(t, both, u.groupsBeside(t.Context(), beside), "a group")
	assert.Equal(t, both, u.groupsBeside(t.Context(), gone), "a group that is gone")
	assert.ElementsMatch(t, append(both, "rollout"), u.groupsOfLane(t.Context(), c.gray), "a lane's rules")
	assert.Equal(t, []string{"elsewhere"}, u.groupsBeside(t.Context(), elsewhere))
}

func enterAt(g *apiv1.ASMSwimLaneGroup, gateway string) {
	g.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: "default", Name: gateway}
}
