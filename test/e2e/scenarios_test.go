package e2e

import (
	"slices"
	"testing"
	"time"
)

// scenarios are all stories but those in which things break down. Each is a subtest,
// so that one can be run by itself. They come one after another on a stack; versions
// only grow.
func scenarios() []scenario { return slices.Concat(releases, peopleScenarios, operations) }

// releases are the stories of the main job.
var releases = []scenario{
	{name: "mocka", steps: undoThenApprove("mocka")},
	{name: "mockb", steps: undoThenApprove("mockb")},
	{name: "mockc", steps: undoThenApprove("mockc")},
	{name: "two-at-once", steps: undoThenApprove("mocka", "mockc")},
	{name: "three-at-once", steps: append(undoThenApprove("mocka", "mockb", "mockc"),
		// A publish after an approval works like the first.
		publish("mockb"), inLane("mockb"), approve("mockb"), rest())},
	{name: "in-any-order", once: true, steps: []step{
		publish("mockb"), inLane("mockb"),
		publish("mocka"), inLane("mocka", "mockb"),
		publish("mockc"), inLane("mocka", "mockb", "mockc"),
		approve("mockc"), wait(3 * time.Second),
		undo("mocka"), wait(3 * time.Second),
		approve("mockb"), rest(),
	}},
	{name: "v2-then-v3", steps: []step{
		publish("mockb"), inLane("mockb"),
		publish("mockb"), inLane("mockb"),
		approve("mockb"), rest(),
	}},
	{name: "undo-then-publish", steps: []step{
		publish("mockb"), inLane("mockb"),
		undo("mockb"), publishUntilSeen("mockb"), inLane("mockb"),
		approve("mockb"), rest(),
	}},
	{name: "undo-after-approve", steps: []step{
		publish("mockb"), inLane("mockb"),
		approveThenUndo("mockb", time.Second), rest(),
	}},
	{name: "never-ready", once: true, steps: []step{
		publishBroken("mockb"), saysWhyNotReady("mockb", 1), wait(5 * time.Second),
		undo("mockb"), rest(),
	}},
	{name: "killed", once: true, steps: []step{
		publish("mocka", "mockb", "mockc"), inLane("mocka", "mockb", "mockc"),
		killLane("mocka", "mockb", "mockc"), servedAgain("mocka", "mockb", "mockc"),
		approve("mocka", "mockb", "mockc"), rest(),
	}},
	{name: "webhook-stamps", once: true, steps: append([]step{leaveTheLabelToTheWebhook()},
		undoThenApprove("mocka", "mockb", "mockc")...)},
	{name: "two-gray-lanes", once: true, aside: true, streams: blueStreams, steps: twoGrayLanes()},
	{name: "no-lane", aside: true, steps: releaseIntoNoLane()},
	{name: "foreign-route", once: true, streams: foreignStreams, check: foreignEntry, steps: []step{
		addForeignRoute(),
		publish("mocka", "mockb"), inLane("mocka", "mockb"),
		approve("mocka", "mockb"), rest(),
	}},
	{name: "foreign-objects", steps: othersComeAndGo()},
	{name: "foreign-first", once: true, aside: true, steps: slices.Concat(
		[]step{publish("mockb"), inLane("mockb")}, theirsFirst("mockc"), []step{approve("mockb"), rest()})},
	{name: "clients-elsewhere", streams: elsewhereStreams, check: notElsewhere, aside: true, steps: clientsElsewhere()},
	// Last, so that the managers' memory is that of a busy life.
	{name: "at-rest", steps: []step{nothingHappens(time.Minute)}},
}

// undoThenApprove is a release of the services at once that is taken back, and
// another that stays.
func undoThenApprove(services ...string) []step {
	return []step{
		publish(services...), inLane(services...), undo(services...), rest(),
		publish(services...), inLane(services...), approve(services...), rest(),
	}
}

func TestScenarios(t *testing.T) { playAll(t, scenarios()) }
