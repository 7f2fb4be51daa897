package e2e

import (
	"slices"
	"time"

	"lanekeeper.io/test/e2e/scenario"
)

// scenarios are all stories but those in which things break down. Each is a subtest,
// so that one can be run by itself. They come one after another on a stack; versions
// only grow.
func scenarios() []scenario.Scenario { return slices.Concat(releases, peopleScenarios, operations) }

// releases are the stories of the main job.
var releases = []scenario.Scenario{
	{Name: "mocka", Steps: undoThenApprove("mocka")},
	{Name: "mockb", Steps: undoThenApprove("mockb")},
	{Name: "mockc", Steps: undoThenApprove("mockc")},
	{Name: "two-at-once", Steps: undoThenApprove("mocka", "mockc")},
	{Name: "three-at-once", Steps: append(undoThenApprove("mocka", "mockb", "mockc"),
		// A publish after an approval works like the first.
		publish("mockb"), inLane("mockb"), approve("mockb"), rest())},
	{Name: "in-any-order", Once: true, Steps: []scenario.Step{
		publish("mockb"), inLane("mockb"),
		publish("mocka"), inLane("mocka", "mockb"),
		publish("mockc"), inLane("mocka", "mockb", "mockc"),
		approve("mockc"), wait(3 * time.Second),
		undo("mocka"), wait(3 * time.Second),
		approve("mockb"), rest(),
	}},
	{Name: "v2-then-v3", Steps: []scenario.Step{
		publish("mockb"), inLane("mockb"),
		publish("mockb"), inLane("mockb"),
		approve("mockb"), rest(),
	}},
	{Name: "undo-then-publish", Steps: []scenario.Step{
		publish("mockb"), inLane("mockb"),
		undo("mockb"), publishUntilSeen("mockb"), inLane("mockb"),
		approve("mockb"), rest(),
	}},
	{Name: "undo-after-approve", Steps: []scenario.Step{
		publish("mockb"), inLane("mockb"),
		approveThenUndo("mockb", time.Second), rest(),
	}},
	{Name: "never-ready", Once: true, Steps: []scenario.Step{
		publishBroken("mockb"), saysWhyNotReady("mockb", 1), wait(5 * time.Second),
		undo("mockb"), rest(),
	}},
	{Name: "killed", Once: true, Steps: []scenario.Step{
		publish("mocka", "mockb", "mockc"), inLane("mocka", "mockb", "mockc"),
		killLane("mocka", "mockb", "mockc"), servedAgain("mocka", "mockb", "mockc"),
		approve("mocka", "mockb", "mockc"), rest(),
	}},
	{Name: "webhook-stamps", Once: true, Steps: append([]scenario.Step{leaveTheLabelToTheWebhook()},
		undoThenApprove("mocka", "mockb", "mockc")...)},
	{Name: "two-gray-lanes", Once: true, Aside: true, Streams: blueStreams, Steps: twoGrayLanes()},
	{Name: "no-lane", Aside: true, Steps: releaseIntoNoLane()},
	{Name: "foreign-route", Once: true, Streams: foreignStreams, Check: foreignEntry, Steps: []scenario.Step{
		addForeignRoute(),
		publish("mocka", "mockb"), inLane("mocka", "mockb"),
		approve("mocka", "mockb"), rest(),
	}},
	{Name: "foreign-objects", Steps: othersComeAndGo()},
	{Name: "foreign-first", Once: true, Aside: true, Steps: slices.Concat(
		[]scenario.Step{publish("mockb"), inLane("mockb")}, theirsFirst("mockc"), []scenario.Step{approve("mockb"), rest()})},
	{Name: "clients-elsewhere", Streams: elsewhereStreams, Check: notElsewhere, Aside: true, Steps: clientsElsewhere()},
	// Last, so that the managers' memory is that of a busy life.
	{Name: "at-rest", Steps: []scenario.Step{nothingHappens(time.Minute)}},
}

// undoThenApprove is a release of the services at once that is taken back, and
// another that stays.
func undoThenApprove(services ...string) []scenario.Step {
	return []scenario.Step{
		publish(services...), inLane(services...), undo(services...), rest(),
		publish(services...), inLane(services...), approve(services...), rest(),
	}
}
