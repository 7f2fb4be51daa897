package e2e

import (
	"slices"
	"time"

	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/steps"
)

// scenarios are all stories but those in which things break down. Each is a subtest,
// so that one can be run by itself. They come one after another on a stack; versions
// only grow.
func scenarios() []scenario.Scenario {
	return slices.Concat(releases, ofLanes, ofOthers, idle, ofPeople, operations)
}

// idle comes when there was much before, so that the managers' memory is that of a
// busy life.
var idle = []scenario.Scenario{
	{Name: "at-rest", Steps: []scenario.Step{steps.NothingHappens(time.Minute)}},
}
