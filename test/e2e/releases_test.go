package e2e

import (
	"slices"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/steps"
)

// releases are the stories of the main job.
var releases = []scenario.Scenario{
	{Name: "mocka", Steps: undoThenApprove("mocka")},
	{Name: "mockb", Steps: undoThenApprove("mockb")},
	{Name: "mockc", Steps: undoThenApprove("mockc")},
	{Name: "two-at-once", Steps: undoThenApprove("mocka", "mockc")},
	{Name: "three-at-once", Steps: append(undoThenApprove("mocka", "mockb", "mockc"),
		// A publish after an approval works like the first.
		steps.Publish("mockb"), steps.InLane("mockb"), steps.Approve("mockb"), steps.Rest())},
	{Name: "in-any-order", Once: true, Steps: []scenario.Step{
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.Publish("mocka"), steps.InLane("mocka", "mockb"),
		steps.Publish("mockc"), steps.InLane("mocka", "mockb", "mockc"),
		steps.Approve("mockc"), steps.Wait(3 * time.Second),
		steps.Undo("mocka"), steps.Wait(3 * time.Second),
		steps.Approve("mockb"), steps.Rest(),
	}},
	{Name: "v2-then-v3", Steps: []scenario.Step{
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.Approve("mockb"), steps.Rest(),
	}},
	{Name: "undo-then-publish", Steps: []scenario.Step{
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.Undo("mockb"), steps.PublishUntilSeen("mockb"), steps.InLane("mockb"),
		steps.Approve("mockb"), steps.Rest(),
	}},
	{Name: "undo-after-approve", Steps: []scenario.Step{
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.ApproveThenUndo("mockb", time.Second), steps.Rest(),
	}},
	{Name: "never-ready", Once: true, Steps: []scenario.Step{
		steps.PublishAs(cluster.Broken, "mockb"), steps.SaysWhyNotReady("mockb", 1), steps.Wait(5 * time.Second),
		steps.Undo("mockb"), steps.Rest(),
	}},
	{Name: "killed", Once: true, Steps: []scenario.Step{
		steps.Publish("mocka", "mockb", "mockc"), steps.InLane("mocka", "mockb", "mockc"),
		steps.KillLane("mocka", "mockb", "mockc"), steps.ServedAgain("mocka", "mockb", "mockc"),
		steps.Approve("mocka", "mockb", "mockc"), steps.Rest(),
	}},
	{Name: "three-killed", Steps: []scenario.Step{
		steps.Replicas("mockb", 3),
		steps.Publish("mockb"), steps.InLane("mockb"),
		steps.KillLane("mockb"), steps.ServedAgain("mockb"),
		steps.Approve("mockb"), steps.Rest(),
	}},
	{Name: "webhook-stamps", Once: true, Steps: slices.Concat(
		[]scenario.Step{steps.LeaveTheLabelToTheWebhook()}, undoThenApprove("mocka", "mockb", "mockc"))},
}

// undoThenApprove is a release of the services at once that is taken back, and
// another that stays.
func undoThenApprove(services ...string) []scenario.Step {
	return []scenario.Step{
		steps.Publish(services...), steps.InLane(services...), steps.Undo(services...), steps.Rest(),
		steps.Publish(services...), steps.InLane(services...), steps.Approve(services...), steps.Rest(),
	}
}
