package e2e

import (
	"slices"
	"time"

	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/steps"
	"lanekeeper.io/test/load"
)

// operations are what operators do in the middle of a release. Removals take away
// what the lanes are made of, and put it back. The user's own way in shows that
// nobody is lost meanwhile: ours leaves with the group.
var operations = []scenario.Scenario{
	{Name: "upgrade", Once: true, Aside: true, Steps: []scenario.Step{
		steps.Publish("mockb"), steps.InLane("mockb"), steps.Upgrade(), steps.Approve("mockb"), steps.Rest(),
	}},
	{Name: "remove-lane", Aside: true, Streams: steps.UserStreams, Check: steps.UserIsServed, Steps: removedAndBack(steps.RemoveLane())},
	{Name: "remove-group", Once: true, Aside: true, Streams: steps.UserStreams, Check: steps.UserIsServed, Steps: removedAndBack(steps.RemoveGroup())},
	{Name: "older-wins", Aside: true, Streams: slices.Concat([]load.Stream{
		{Name: steps.YoungerLane, Path: "/mock", Tag: steps.YoungerLane, Rate: 50},
		{Name: guest, Path: "/mock", Tag: guest, Rate: 20},
	}, steps.UserStreams), Check: steps.YoungerIsServed, Steps: olderWins()},
	{Name: "remove-product", Aside: true, Streams: steps.UserStreams, Check: steps.UserIsServed, Steps: removedAndBack(
		steps.RemoveProductAtOnce(), steps.ForceProduct(), steps.Wait(5*time.Second), steps.InstallProduct())},
	// In the next two, pods are created meanwhile: those of mocka, which nobody releases.
	{Name: "remove-kinds-first", Aside: true, Streams: steps.UserStreams, Check: steps.UserIsServed, Steps: removedAndBack(
		steps.RemoveKinds(), steps.ReplacePods("mocka"),
		steps.RemoveProduct(), steps.ReplacePods("mocka"), steps.Wait(5*time.Second),
		steps.InstallProduct())},
	{Name: "remove-managers-first", Aside: true, Streams: steps.UserStreams, Check: steps.UserIsServed, Steps: removedAndBack(
		steps.RemoveManagers(), steps.ReplacePods("mocka"), steps.Wait(5*time.Second),
		steps.RemoveGroupInVain(), steps.Wait(5*time.Second),
		steps.NewManagersEndIt())},
	{Name: "remove-samples", Aside: true, Steps: []scenario.Step{
		steps.Publish("mockb"), steps.InLane("mockb"), steps.RemoveSamples(), steps.ApplySamples(),
		steps.Publish("mockb"), steps.InLane("mockb"), steps.Approve("mockb"), steps.Rest(),
	}},
}

func removedAndBack(removal ...scenario.Step) []scenario.Step {
	return slices.Concat(
		[]scenario.Step{steps.AddForeignRoute(), steps.Publish("mockb", "mockc"), steps.InLane("mockb", "mockc")},
		removal,
		[]scenario.Step{
			steps.Wait(5 * time.Second), steps.RestoreLanes("mockb", "mockc"), steps.Wait(promise.Retake + promise.Join),
			steps.Approve("mockb", "mockc"), steps.Rest(),
		})
}

// guest is a lane of the younger group that has no pods.
const guest = "guest"

// olderWins is two groups that want the same, in the middle of a release.
func olderWins() []scenario.Step {
	const front, second = manifests + "older-wins/front.yaml", manifests + "older-wins/second.yaml"
	return []scenario.Step{
		steps.TagsOfNobody(steps.YoungerLane, guest), steps.AddForeignRoute(), steps.Apply(front),
		steps.Publish("mockb", "mockc"), steps.InLane("mockb", "mockc"),
		steps.ChangesNothing("a younger group", steps.Apply(second), steps.YoungerSaysWhoHasIt()),
		steps.ChangesNothing("its end", steps.TakeAway(second)),
		steps.Apply(second), steps.YoungerSaysWhoHasIt(),
		steps.OlderGoes(), steps.YoungerGoes(second), steps.RestoreFirst(),
		steps.Wait(promise.Join), steps.Approve("mockb", "mockc"), steps.Rest(),
	}
}
