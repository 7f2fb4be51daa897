package e2e

import (
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// faults are releases in which something breaks down. The managers may be late
// then (they are Away); everything else holds as ever.
var faults = []scenario.Scenario{
	{Name: "killed-at-each-write", Once: true, Steps: killedAtEachWrite()},
	{Name: "killed-in-an-undo", Steps: killedInAnUndo()},
	{Name: "killed-in-a-removal", Steps: killedInARemoval()},
	{Name: "switched-off", Steps: []scenario.Step{
		publish("mockb"), inLane("mockb"),
		switchOff(), approve("mockb"), released("mockb"), replacePods(cluster.Chain...), switchOn(), rest(),
		switchOff(), publish("mockc"), canaryReady("mockc"), approve("mockc"), released("mockc"), switchOn(), rest(),
		switchOff(), publish("mocka"), canaryReady("mocka"), undo("mocka"), released("mocka"), switchOn(), rest(),
	}},
	{Name: "another-leader", Steps: []scenario.Step{
		killLeaderAt(1), publish("mockb"), inLaneAtLast("mockb"),
		freezeLeaderAt(1), approve("mockb"), restAtLast(), writtenAtMost(5),
	}},
	{Name: "frozen-leader", Steps: []scenario.Step{
		freezeLeaderAt(2), publish("mockb"), inLaneAtLast("mockb"),
		freezeLeaderAt(1), undo("mockb"), restAtLast(), writtenAtMost(5),
	}},
	{Name: "components-restarted", Once: true, Steps: []scenario.Step{
		publish("mocka", "mockb"), begun("mocka", "mockb"), restart("kube-apiserver"), inLaneAtLast("mocka", "mockb"),
		restart("etcd"), undo("mocka"), onlyInLane("mockb"), outOfLane("mocka"),
		restartIstiod(), publish("mockc"), written("mockc"), restartIstiod(), inLaneAtLast("mockb", "mockc"),
		approve("mockb", "mockc"), restAtLast(),
	}},
	{Name: "cut-off", Steps: []scenario.Step{
		publish("mockb"), written("mockb"), cutOff(time.Minute), inLaneAtLast("mockb"), approve("mockb"), restAtLast(),
	}},
	{Name: "swallowed", Steps: []scenario.Step{
		publish("mockb"), written("mockb"), swallowed(time.Minute), inLaneAtLast("mockb"), undo("mockb"), restAtLast(),
	}},
	{Name: "every-call-fails-once", Steps: []scenario.Step{
		failOnce(), publish("mockb"), inLaneAtLast("mockb"), approve("mockb"), restAtLast(),
		failOnce(), publish("mocka"), inLaneAtLast("mocka"), undo("mocka"), restAtLast(), healed(),
	}},
	{Name: "blind", Steps: []scenario.Step{
		publish("mockb"), written("mockb"), blind(10 * time.Second), inLaneAtLast("mockb"),
		approve("mockb"), blind(10 * time.Second), restAtLast(),
	}},
	{Name: "webhook-slow-and-down", Steps: webhookSlowAndDown()},
}

func killedAtEachWrite() []scenario.Step {
	killing := atEachMeshWrite(10)
	return []scenario.Step{
		killing.begin(), publish("mockb"), inLaneAtLast("mockb"), approve("mockb"), restAtLast(), killing.often(10),
	}
}

// killedInAnUndo has pods that the webhook did not see. Kruise gives them their
// lane, or they would be the baseline's for as long as no manager lives.
func killedInAnUndo() []scenario.Step {
	killing := atEachKindOfWrite()
	return []scenario.Step{
		(&webhook{}).down(), killing.begin(),
		publish("mockb"), inLaneAtLast("mockb"), undo("mockb"), restAtLast(),
		killing.in("PUT destinationrules", "PUT virtualservices", "PATCH pods", "PUT asmswimlanes/status", "PUT asmswimlanegroups/status"),
	}
}

func killedInARemoval() []scenario.Step {
	killing := atEachKindOfWrite()
	return []scenario.Step{
		publish("mockb"), inLane("mockb"), killing.begin(),
		removeGroup(), restoreLanes("mockb"),
		undo("mockb"), restAtLast(),
		killing.in("DELETE virtualservices", "DELETE destinationrules", "PATCH asmswimlanegroups",
			"POST virtualservices", "POST destinationrules"),
	}
}

func webhookSlowAndDown() []scenario.Step {
	webhook := &webhook{}
	return []scenario.Step{
		leaveTheLabelToTheWebhook(),
		webhook.slow(3 * time.Second), publish("mockb"), inLane("mockb"), webhook.startedUnasked(), approve("mockb"), rest(),
		webhook.down(), refusedWhereRequired(), publish("mocka"), inLane("mocka"), webhook.startedUnasked(), approve("mocka"), rest(),
		webhook.mended(),
	}
}
