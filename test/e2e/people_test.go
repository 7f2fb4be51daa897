package e2e

import (
	"time"

	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/load"
)

// peopleScenarios are the stories of what people do besides approving and
// undoing: to Rollouts and workloads, to workloads that nobody prepared, to the
// group and its lanes, and to our objects.
var peopleScenarios = []scenario{
	{name: "rollouts-stopped", aside: true, steps: []step{
		publish("mocka", "mockb", "mockc"), inLane("mocka", "mockb", "mockc"),
		pause("mocka"), disable("mockb"), deleteRollout("mockc"), wait(5 * time.Second),
		resume("mocka"), approve("mocka"),
		enable("mockb"), restoreRollouts(), rest(),
	}},
	{name: "second-thoughts", aside: true, steps: []step{
		publishAndUndoBeforeItsPods("mocka"), publish("mockb"), inLane("mocka", "mockb"),
		loseApproval("mockb"), approve("mocka", "mockb"), rest(),
		undoThePromotion("mockb"), inLane("mockb"),
		publishNew("mockb"), inLane("mockb"), approve("mockb"), rest(),
	}},
	{name: "workloads-gone", aside: true, steps: []step{
		publish("mocka", "mockb", "mockc"), inLane("mocka", "mockb", "mockc"),
		scaleToZeroAndBack("mocka", 3*time.Second),
		deleteCanary("mockb"), saysWhyNotReady("mockb", 0),
		deleteWorkloadAndBringItBack("mockc"), wait(promise.UndoGrace), removeLeftovers("mockc"),
		undo("mockb"), pause("mocka"), undoWhilePaused("mocka", 3*time.Second), rest(),
	}},
	{name: "edited", once: true, aside: true, streams: []load.Stream{
		{Name: "renamed", Path: "/mock", Tag: newLane, Rate: 40},
		{Name: "tester", Path: "/mock", Tag: tester, Rate: 40},
	}, steps: []step{
		tagsOfNobody(newLane, tester),
		publish("mocka", "mockb"), inLane("mocka", "mockb"), // mocka is the entry
		removeAService("mockc"), removeTheEntryService(),
		addAndRemoveARule(), changeTheRouteHeader(), changeTheRouteHeaderBack(),
		renameTheLane(), renameTheLaneBack(),
		deleteTheBaselineLane(), editInvalidly(),
		approve("mocka", "mockb"), rest(),
	}},
	{name: "drifted", aside: true, steps: drifted()},
	{name: "unprepared", once: true, aside: true, streams: unprepared.streams(), check: unprepared.check, steps: unprepared.steps()},
}
