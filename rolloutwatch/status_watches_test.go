package rolloutwatch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/client-go/util/workqueue"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/status"
)

func newQueue(t *testing.T) workqueue.TypedRateLimitingInterface[reconcile.Request] {
	t.Helper()
	q := workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[reconcile.Request]())
	t.Cleanup(q.ShutDown)
	return q
}

func TestStatusIsRolledUpAndTheEntryIsNot(t *testing.T) {
	c := fixture.NewChain()
	c.Gray.Spec.IngressRules = []apiv1.IngressRule{{Name: "in", Online: true, Route: apiv1.IngressRoute{
		Destination: apiv1.Destination{Host: "mockb.default.svc.cluster.local"}}}}
	c.Group.Spec.Services = append(c.Group.Spec.Services, apiv1.ServiceReference{Namespace: "default", Name: "mockc"})
	u := statusWatches{cluster: newCluster(t, c.Objects()...), store: status.NewStore(), provider: cards{}, after: 50 * time.Millisecond}
	groups, lanes := newQueue(t), newQueue(t)
	require.NoError(t, u.groupOfServices().Start(t.Context(), groups))
	require.NoError(t, u.lanesOfServices().Start(t.Context(), lanes))

	other := fixture.Mockb
	other.Name = "mockc"
	joined := status.Service{Gray: []lane.Member{{Lane: "canary"}}}
	u.store.Publish(lane.GroupService{Group: "rollout", Service: other}, joined)
	assert.Zero(t, groups.Len(), "behind the ingress a lane joins without it")
	u.store.Publish(lane.GroupService{Group: "rollout", Service: fixture.Mockb}, joined)
	assert.Equal(t, 1, groups.Len())
	assert.Zero(t, lanes.Len())
	assert.Eventually(t, func() bool { return lanes.Len() == 2 }, time.Second, time.Millisecond, "base and canary, once each")
	assert.Equal(t, 1, groups.Len())
}

func TestObjectsWakeGroupsAndLanes(t *testing.T) {
	c := fixture.NewChain()
	u := statusWatches{cluster: newCluster(t, c.Objects()...), store: status.NewStore(), provider: cards{}, after: time.Millisecond}
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
	moved := c.Gray.DeepCopy()
	moved.Labels = map[string]string{apiv1.LabelSwimLaneGroup: "other"}
	assert.ElementsMatch(t, []string{"rollout", "other"}, names(func(q queue) {
		u.later(u.groupsOfLane).Update(t.Context(), event.UpdateEvent{ObjectOld: c.Gray, ObjectNew: moved}, q)
	}), "the group that it left too")
	assert.Equal(t, []string{"old"}, names(func(q queue) {
		u.later(u.groupsOfTraffic).Create(t.Context(), event.CreateEvent{Object: card("x", "old", "mockb")}, q)
	}))
	assert.Len(t, u.groupOfIngress(t.Context(), card("x", "rollout", "")), 1, "the ingress is repaired at once")
	assert.Empty(t, u.groupOfIngress(t.Context(), card("x", "rollout", "mockb")))
	assert.ElementsMatch(t, []string{"base", "canary"}, names(func(q queue) {
		u.later(u.lanesOfIngress).Delete(t.Context(), event.DeleteEvent{Object: card("x", "rollout", "")}, q)
	}))
	assert.Empty(t, names(func(q queue) {
		u.later(u.lanesOfIngress).Delete(t.Context(), event.DeleteEvent{Object: card("x", "rollout", "mockb")}, q)
	}), "the row tells of it")
	assert.ElementsMatch(t, []string{"base", "canary"}, names(func(q queue) {
		u.later(u.lanesOfBaseline).Delete(t.Context(), event.DeleteEvent{Object: c.Base}, q)
	}), "none is ready without it")
	assert.Empty(t, names(func(q queue) {
		u.later(u.lanesOfBaseline).Delete(t.Context(), event.DeleteEvent{Object: c.Gray}, q)
	}))
}

func TestWhatIsOnAGatewayWakesItsGroups(t *testing.T) {
	c := fixture.NewChain()
	enterAt(c.Group, "gw")
	beside := fixture.Group()
	beside.Name = "beside"
	enterAt(beside, "gw")
	elsewhere := fixture.Group()
	elsewhere.Name = "elsewhere"
	enterAt(elsewhere, "other")
	gone := fixture.Group()
	gone.Name = "gone"
	enterAt(gone, "gw")
	u := statusWatches{cluster: newCluster(t, c.Objects(beside, elsewhere)...), provider: cards{}}

	route := card("route", "", "")
	route.Labels, route.Data = nil, map[string]string{"gateway": "gw"}
	both := []string{"beside", "rollout"}
	assert.Equal(t, both, u.groupsOfTraffic(t.Context(), route), "an object on the gateway")
	route.Data["gateway"] = "nobodys"
	assert.Empty(t, u.groupsOfTraffic(t.Context(), route))
	assert.Equal(t, both, u.groupsBeside(t.Context(), beside), "a group")
	assert.Equal(t, both, u.groupsBeside(t.Context(), gone), "a group that is gone")
	assert.ElementsMatch(t, append(both, "rollout"), u.groupsOfLane(t.Context(), c.Gray), "a lane's rules")
	assert.Equal(t, []string{"elsewhere"}, u.groupsBeside(t.Context(), elsewhere))
}

func enterAt(g *apiv1.ASMSwimLaneGroup, gateway string) {
	g.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: "default", Name: gateway}
}

func TestALargeGroupIsRolledUpMoreRarely(t *testing.T) {
	c := fixture.NewChain()
	for range 300 {
		c.Group.Spec.Services = append(c.Group.Spec.Services, apiv1.ServiceReference{Namespace: "many", Name: string(rune('a' + len(c.Group.Spec.Services)))})
	}
	u := statusWatches{cluster: newCluster(t, c.Objects()...), after: 200 * time.Millisecond}
	services := len(u.group(t.Context(), "rollout").Services)

	assert.Equal(t, 200*time.Millisecond+time.Duration(services)*time.Millisecond, u.wait(t.Context(), "rollout"))
	assert.Greater(t, services, 300)
	assert.Equal(t, 200*time.Millisecond, u.wait(t.Context(), "no group"))
}

func TestAWrittenStatusIsLookedAtAsRarelyAsAnyChange(t *testing.T) {
	c := fixture.NewChain()
	for i := range 300 {
		c.Group.Spec.Services = append(c.Group.Spec.Services, apiv1.ServiceReference{Namespace: "many", Name: fmt.Sprint(i)})
	}
	u := statusWatches{cluster: newCluster(t, c.Objects()...), after: 200 * time.Millisecond}
	q := &later{}
	u.written(client.Object.GetName).Update(t.Context(), event.UpdateEvent{ObjectOld: c.Group, ObjectNew: c.Group}, q)
	u.written(groupOfLane).Update(t.Context(), event.UpdateEvent{ObjectOld: c.Gray, ObjectNew: c.Gray}, q)
	assert.Equal(t, []string{"rollout 501ms", "canary 501ms"}, q.added)
}

type later struct {
	queue
	added []string
}

func (q *later) AddAfter(r reconcile.Request, after time.Duration) {
	q.added = append(q.added, r.Name+" "+after.String())
}
