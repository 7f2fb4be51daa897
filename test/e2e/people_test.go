package e2e

import (
	"time"

	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/load"
)

// peopleScenarios are the stories of what people do besides approving and
// undoing: to Rollouts and workloads, to workloads that nobody prepared, to the
// group and its lanes, and to our objects.
var peopleScenarios = []scenario.Scenario{
	{Name: "rollouts-stopped", Aside: true, Steps: []scenario.Step{
		publish("mocka", "mockb", "mockc"), inLane("mocka", "mockb", "mockc"),
		pause("mocka"), disable("mockb"), deleteRollout("mockc"), wait(5 * time.Second),
		resume("mocka"), approve("mocka"),
		enable("mockb"), restoreRollouts(), rest(),
	}},
	{Name: "second-thoughts", Aside: true, Steps: []scenario.Step{
		publishAndUndoBeforeItsPods("mocka"), publish("mockb"), inLane("mocka", "mockb"),
		loseApproval("mockb"), approve("mocka", "mockb"), rest(),
		undoThePromotion("mockb"), inLane("mockb"),
		publishNew("mockb"), inLane("mockb"), approve("mockb"), rest(),
	}},
	{Name: "workloads-gone", Aside: true, Steps: []scenario.Step{
		publish("mocka", "mockb", "mockc"), inLane("mocka", "mockb", "mockc"),
		scaleToZeroAndBack("mocka", 3*time.Second),
		deleteCanary("mockb"), saysWhyNotReady("mockb", 0),
		deleteWorkloadAndBringItBack("mockc"), wait(promise.UndoGrace), removeLeftovers("mockc"),
		undo("mockb"), pause("mocka"), undoWhilePaused("mocka", 3*time.Second), rest(),
	}},
	{Name: "edited", Once: true, Aside: true, Streams: []load.Stream{
		{Name: "renamed", Path: "/mock", Tag: newLane, Rate: 40},
		{Name: "tester", Path: "/mock", Tag: tester, Rate: 40},
	}, Steps: []scenario.Step{
		tagsOfNobody(newLane, tester),
		publish("mocka", "mockb"), inLane("mocka", "mockb"), // mocka is the entry
		removeAService("mockc"), removeTheEntryService(),
		addAndRemoveARule(), changeTheRouteHeader(), changeTheRouteHeaderBack(),
		renameTheLane(), renameTheLaneBack(),
		deleteTheBaselineLane(), editInvalidly(),
		approve("mocka", "mockb"), rest(),
	}},
	{Name: "drifted", Aside: true, Steps: drifted()},
	{Name: "unprepared", Once: true, Aside: true, Streams: unprepared.streams(), Check: unprepared.check, Steps: unprepared.steps()},
}
