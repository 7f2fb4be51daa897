package status

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

func TestTheStoreTellsOfChangesOnly(t *testing.T) {
	b, notified, moves := NewStore(), 0, 0
	key := lane.GroupService{Group: "rollout", Service: fixture.Mockb}
	b.OnChange(func(c Change) {
		assert.Equal(t, key, c.GroupService)
		notified++
		if c.Moved() {
			moves++
		}
	})
	b.Publish(key, Service{Complete: true})
	b.Publish(key, Service{Complete: true})
	assert.Equal(t, 1, notified)
	b.Publish(key, Service{Problem: &lane.Problem{Reason: "x"}})
	b.Publish(key, Service{Problem: &lane.Problem{Reason: "x"}})
	assert.Equal(t, 2, notified)
	assert.Zero(t, moves)
	b.Publish(key, Service{Gray: []lane.Member{{Lane: "canary"}}})
	assert.Equal(t, 1, moves)
	b.Publish(key, Service{Gray: []lane.Member{{Lane: "canary", Ready: 1}}})
	assert.Equal(t, 1, moves, "a pod is no move")
	b.Publish(key, Service{Gray: []lane.Member{{Lane: "canary", Ready: 1}}, Ports: []int32{8000}})
	assert.Equal(t, 2, moves, "a port is one: ingress rules go to it")
	b.Remove(key)
	b.Remove(key)
	assert.Equal(t, 6, notified)
	assert.Equal(t, 3, moves)
}

func TestTheStoreTellsTheLanesOfRulesThatAreLeftOut(t *testing.T) {
	b := NewStore()
	var told []string
	b.OnLeftOut(func(name string) { told = append(told, name) })
	out := lane.LeftOut{Lane: "canary", Rule: "r", Problem: lane.Problem{Reason: "x", Message: "why"}}
	b.PublishIngress("rollout", IngressState{Reason: "x", LeftOut: []lane.LeftOut{out}})
	b.PublishIngress("rollout", IngressState{Reason: "y", LeftOut: []lane.LeftOut{out}})
	assert.Equal(t, []string{"canary"}, told)
	assert.Equal(t, []lane.LeftOut{out}, b.LeftOut("rollout"))
	b.PublishIngress("rollout", IngressState{Reason: "y"})
	assert.Equal(t, []string{"canary", "canary"}, told)
}

func TestTheStoreKeepsTheRoutesThatSomebodyDeleted(t *testing.T) {
	s := NewStore()
	routes := map[string]lane.LiveRoute{"base/r": {Port: 8000}}
	assert.Empty(t, s.Routes("rollout", nil))
	assert.Equal(t, routes, s.Routes("rollout", routes))
	assert.Equal(t, routes, s.Routes("rollout", nil))
	s.ForgetRoutes("rollout")
	assert.Empty(t, s.Routes("rollout", nil), "the group took them away itself")
}
