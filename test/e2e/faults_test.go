package e2e

import (
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/steps"
)

// faults are releases in which something breaks down. The managers may be late
// then (they are Away); everything else holds as ever.
var faults = []scenario.Scenario{
	{Name: "killed-at-each-write", Once: true, Steps: killedAtEachWrite()},
	{Name: "killed-in-an-undo", Steps: killedInAnUndo()},
	{Name: "killed-in-a-removal", Steps: killedInARemoval()},
	{Name: "switched-off", Steps: []scenario.Step{
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.SwitchOff(), steps.Approve("mockb"), steps.Released("mockb"), steps.ReplacePods(cluster.Chain...), steps.SwitchOn(), steps.Rest(),
		steps.SwitchOff(), steps.Publish("mockc"), steps.CanaryReady("mockc"), steps.Approve("mockc"), steps.Released("mockc"), steps.SwitchOn(), steps.Rest(),
		steps.SwitchOff(), steps.Publish("mocka"), steps.CanaryReady("mocka"), steps.Undo("mocka"), steps.Released("mocka"), steps.SwitchOn(), steps.Rest(),
	}},
	{Name: "another-leader", Steps: []scenario.Step{
		steps.KillLeaderAt(1), steps.Publish("mockb"), steps.InLaneAtLast("mockb"),
		steps.FreezeLeaderAt(1), steps.Approve("mockb"), steps.RestAtLast(), steps.WrittenAtMost(5),
	}},
	{Name: "frozen-leader", Steps: []scenario.Step{
		steps.FreezeLeaderAt(2), steps.Publish("mockb"), steps.InLaneAtLast("mockb"),
		steps.FreezeLeaderAt(1), steps.Undo("mockb"), steps.RestAtLast(), steps.WrittenAtMost(5),
	}},
	{Name: "components-restarted", Once: true, Steps: []scenario.Step{
		steps.Publish("mocka", "mockb"), steps.Begun("mocka", "mockb"), steps.Restart("kube-apiserver"), steps.InLaneAtLast("mocka", "mockb"),
		steps.Restart("etcd"), steps.Undo("mocka"), steps.OnlyInLane("mockb"), steps.OutOfLane("mocka"),
		steps.RestartIstiod(), steps.Publish("mockc"), steps.Written("mockc"), steps.RestartIstiod(), steps.InLaneAtLast("mockb", "mockc"),
		steps.Approve("mockb", "mockc"), steps.RestAtLast(),
	}},
	{Name: "cut-off", Steps: []scenario.Step{
		steps.Publish("mockb"), steps.Written("mockb"), steps.CutOff(time.Minute), steps.InLaneAtLast("mockb"), steps.Approve("mockb"), steps.RestAtLast(),
	}},
	{Name: "swallowed", Steps: []scenario.Step{
		steps.Publish("mockb"), steps.Written("mockb"), steps.Swallowed(time.Minute), steps.InLaneAtLast("mockb"), steps.Undo("mockb"), steps.RestAtLast(),
	}},
	{Name: "every-call-fails-once", Steps: []scenario.Step{
		steps.FailOnce(), steps.Publish("mockb"), steps.InLaneAtLast("mockb"), steps.Approve("mockb"), steps.RestAtLast(),
		steps.FailOnce(), steps.Publish("mocka"), steps.InLaneAtLast("mocka"), steps.Undo("mocka"), steps.RestAtLast(), steps.Healed(),
	}},
	{Name: "blind", Steps: []scenario.Step{
		steps.Publish("mockb"), steps.Written("mockb"), steps.Blind(10 * time.Second), steps.InLaneAtLast("mockb"),
		steps.Approve("mockb"), steps.Blind(10 * time.Second), steps.RestAtLast(),
	}},
	{Name: "webhook-slow-and-down", Steps: webhookSlowAndDown()},
}

func killedAtEachWrite() []scenario.Step {
	killing := steps.AtEachMeshWrite(10)
	return []scenario.Step{
		killing.Begin(), steps.Publish("mockb"), steps.InLaneAtLast("mockb"), steps.Approve("mockb"), steps.RestAtLast(), killing.Often(10),
	}
}

// killedInAnUndo has pods that the webhook did not see. Kruise gives them their
// lane, or they would be the baseline's for as long as no manager lives.
func killedInAnUndo() []scenario.Step {
	webhook, killing := &steps.Webhook{}, steps.AtEachKindOfWrite()
	return []scenario.Step{
		webhook.Down(), killing.Begin(),
		steps.Publish("mockb"), steps.InLaneAtLast("mockb"), steps.Undo("mockb"), steps.RestAtLast(),
		killing.In("PUT destinationrules", "PUT virtualservices", "PATCH pods", "PUT asmswimlanes/status", "PUT asmswimlanegroups/status"),
	}
}

func killedInARemoval() []scenario.Step {
	killing := steps.AtEachKindOfWrite()
	return []scenario.Step{
		steps.Publish("mockb"), steps.InLane("mockb"), killing.Begin(),
		steps.RemoveGroup(), steps.RestoreLanes("mockb"),
		steps.Undo("mockb"), steps.RestAtLast(),
		killing.In("DELETE virtualservices", "DELETE destinationrules", "PATCH asmswimlanegroups",
			"POST virtualservices", "POST destinationrules"),
	}
}

func webhookSlowAndDown() []scenario.Step {
	webhook := &steps.Webhook{}
	return []scenario.Step{
		steps.LeaveTheLabelToTheWebhook(),
		webhook.Slow(3 * time.Second), steps.Publish("mockb"), steps.InLane("mockb"), webhook.StartedUnasked(), steps.Approve("mockb"), steps.Rest(),
		webhook.Down(), steps.RefusedWhereRequired(), steps.Publish("mocka"), steps.InLane("mocka"), webhook.StartedUnasked(), steps.Approve("mocka"), steps.Rest(),
		webhook.Mended(),
	}
}
