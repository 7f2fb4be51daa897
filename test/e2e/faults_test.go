package e2e

import (
	"testing"
	"time"

	"lanekeeper.io/test/e2e/apifault"
	"lanekeeper.io/test/e2e/cluster"
)

// faulty stands between the managers and the API server.
var faulty *apifault.Proxy

// faults are releases in which something breaks down. The managers may be late
// then (they are Away); everything else holds as ever.
var faults = []scenario{
	{name: "killed-at-each-write", steps: killedAtEachWrite()},
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
	{name: "components-restarted", steps: []step{
		publish("mocka", "mockb"), begun("mocka", "mockb"), restart("kube-apiserver"), inLaneAtLast("mocka", "mockb"),
		restart("etcd"), undo("mocka"), onlyInLane("mockb"),
		restart("istiod"), publish("mockc"), written("mockc"), restart("istiod"), inLaneAtLast("mockb", "mockc"),
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

func TestFaults(t *testing.T) {
	var err error
	if faulty, err = apifault.Start(shared.Stack); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := shared.DeployProduct(rootCtx); err != nil {
			t.Errorf("cleaning up: %v", err)
		}
		faulty.Cut()
	}()
	if err := shared.Deploy(rootCtx, cluster.ProductWithFaults); err != nil {
		t.Fatal(err)
	}
	if err := shared.AwaitNoOldManager(rootCtx); err != nil {
		t.Fatal(err)
	}
	for _, s := range faults {
		s.aside = true
		t.Run(s.name, func(t *testing.T) { perform(t, s) })
	}
}
