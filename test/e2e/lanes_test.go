package e2e

import (
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/steps"
	"lanekeeper.io/test/load"
)

// ofLanes are stories of releases into other lanes than the samples', or into none.
var ofLanes = []scenario.Scenario{
	// Nobody of one lane may meet a pod of the other, wherever in the chain it is.
	{Name: "two-gray-lanes", Once: true, Aside: true, Streams: []load.Stream{
		{Name: blue, Path: "/mock", Tag: blue, Rate: 100},
	}, Steps: []scenario.Step{
		steps.TagsOfNobody(blue), steps.AddLane(blue),
		// canary meets new, old, new; blue old, new, old.
		steps.ReleaseInto(blue, "mockb"),
		steps.Publish("mocka", "mockb", "mockc"), steps.InLane("mocka", "mockc"), steps.InLaneOf(blue, "mockb"),
		steps.Undo("mocka"), steps.Approve("mockb"), steps.Released("mocka"), steps.Released("mockb"),
		steps.Approve("mockc"), steps.Rest(),
		// Each where the other was, and blue is undone this time.
		steps.ReleaseAsBefore("mockb"), steps.ReleaseInto(blue, "mocka"),
		steps.Publish("mocka", "mockb"), steps.InLane("mockb"), steps.InLaneOf(blue, "mocka"),
		steps.Undo("mocka"), steps.Approve("mockb"), steps.Rest(),
		steps.ReleaseAsBefore("mocka"), steps.RemoveOtherLane(blue),
	}},
	// The workload's pod template carries the baseline's label, as most do. The
	// streams show that nobody meets its version.
	{Name: "no-lane", Aside: true, Steps: []scenario.Step{
		steps.TagsOfNobody(cluster.Lane),
		steps.LeaveTheLabelToTheWebhook(), steps.NameNoLane("mockb"),
		steps.Publish("mockb"), steps.CanaryReady("mockb"), steps.ServesNobody("mockb"),
		steps.ReplaceCanary("mockb"), steps.Wait(5 * time.Second), steps.ServesNobody("mockb"),
		steps.Undo("mockb"), steps.Rest(),
	}},
}

// blue is a second lane, with a tag and a label of that name.
const blue = "blue"
