package e2e

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/e2e/apifault"
	"lanekeeper.io/test/e2e/cluster"
)

// faults are releases in which something breaks down. The managers may be late
// then (they are Away); everything else holds as ever.
var faults = []scenario{
	{name: "killed-at-each-write", once: true, steps: killedAtEachWrite()},
	{name: "killed-in-an-undo", steps: killedInAnUndo()},
	{name: "killed-in-a-removal", steps: killedInARemoval()},
	{name: "switched-off", steps: []step{
		publish("mockb"), inLane("mockb"),
		switchOff(), approve("mockb"), released("mockb"), replacePods(cluster.Chain...), switchOn(), rest(),
		switchOff(), publish("mockc"), canaryReady("mockc"), approve("mockc"), released("mockc"), switchOn(), rest(),
		switchOff(), publish("mocka"), canaryReady("mocka"), undo("mocka"), released("mocka"), switchOn(), rest(),
	}},
	{name: "another-leader", steps: []step{
		killLeaderAt(1), publish("mockb"), inLaneAtLast("mockb"),
		freezeLeaderAt(1), approve("mockb"), restAtLast(), writtenAtMost(5),
	}},
	{name: "frozen-leader", steps: []step{
		freezeLeaderAt(2), publish("mockb"), inLaneAtLast("mockb"),
		freezeLeaderAt(1), undo("mockb"), restAtLast(), writtenAtMost(5),
	}},
	{name: "components-restarted", once: true, steps: []step{
		publish("mocka", "mockb"), begun("mocka", "mockb"), restart("kube-apiserver"), inLaneAtLast("mocka", "mockb"),
		restart("etcd"), undo("mocka"), onlyInLane("mockb"), outOfLane("mocka"),
		restartIstiod(), publish("mockc"), written("mockc"), restartIstiod(), inLaneAtLast("mockb", "mockc"),
		approve("mockb", "mockc"), restAtLast(),
	}},
	{name: "cut-off", steps: []step{
		publish("mockb"), written("mockb"), cutOff(time.Minute), inLaneAtLast("mockb"), approve("mockb"), restAtLast(),
	}},
	{name: "swallowed", steps: []step{
		publish("mockb"), written("mockb"), swallowed(time.Minute), inLaneAtLast("mockb"), undo("mockb"), restAtLast(),
	}},
	{name: "every-call-fails-once", steps: []step{
		failOnce(), publish("mockb"), inLaneAtLast("mockb"), approve("mockb"), restAtLast(),
		failOnce(), publish("mocka"), inLaneAtLast("mocka"), undo("mocka"), restAtLast(), healed(),
	}},
	{name: "blind", steps: []step{
		publish("mockb"), written("mockb"), blind(10 * time.Second), inLaneAtLast("mockb"),
		approve("mockb"), blind(10 * time.Second), restAtLast(),
	}},
	{name: "webhook-slow-and-down", steps: []step{
		leaveTheLabelToTheWebhook(),
		webhookSlow(3 * time.Second), publish("mockb"), inLane("mockb"), startedUnasked(), approve("mockb"), rest(),
		webhookDown(), refusedWhereRequired(), publish("mocka"), inLane("mocka"), startedUnasked(), approve("mocka"), rest(),
		webhookMended(),
	}},
}

func killedAtEachWrite() []step {
	killing := atEachMeshWrite(10)
	return []step{
		killing.begin(), publish("mockb"), inLaneAtLast("mockb"), approve("mockb"), restAtLast(), killing.often(10),
	}
}

// killedInAnUndo has pods that the webhook did not see. Kruise gives them their
// lane, or they would be the baseline's for as long as no manager lives.
func killedInAnUndo() []step {
	killing := atEachKindOfWrite()
	return []step{
		webhookDown(), killing.begin(),
		publish("mockb"), inLaneAtLast("mockb"), undo("mockb"), restAtLast(),
		killing.in("PUT destinationrules", "PUT virtualservices", "PATCH pods", "PUT asmswimlanes/status", "PUT asmswimlanegroups/status"),
	}
}

func killedInARemoval() []step {
	killing := atEachKindOfWrite()
	return []step{
		publish("mockb"), inLane("mockb"), killing.begin(),
		removeGroup(), restoreLanes("mockb"),
		undo("mockb"), restAtLast(),
		killing.in("DELETE virtualservices", "DELETE destinationrules", "PATCH asmswimlanegroups",
			"POST virtualservices", "POST destinationrules"),
	}
}

// TestFaults leads the managers' calls through package apifault, on every stack.
func TestFaults(t *testing.T) {
	require.NoError(t, atEachSite(rootCtx, func(ctx context.Context, _ int, s *site) error { return s.breakable(ctx) }))
	if *keep {
		defer func() { assert.NoError(t, sites[0].unbreakable(rootCtx)) }()
	}
	all := slices.Clone(faults)
	for i := range all {
		all[i].aside = true
	}
	playAll(t, all)
}

func (s *site) breakable(ctx context.Context) (err error) {
	if s.faulty, err = apifault.Start(s.Stack); err != nil {
		return err
	}
	if err := s.Deploy(ctx, cluster.ProductWithFaults); err != nil {
		return err
	}
	return s.AwaitNoOldManager(ctx)
}

// unbreakable leaves a stack as others expect it.
func (s *site) unbreakable(ctx context.Context) error {
	err := s.DeployProduct(ctx)
	s.faulty.Cut()
	return err
}
