// Package scenario plays stories on stacks under load, and says of each whether the
// promises held. What is told is not its business: a Step is a few words and a
// function, package steps has those that there are, and package e2e the stories.
//
//	err := scenario.OnStacks(ctx, scenario.Options{Name: "e2e", Stacks: 2, Chosen: 1}, func(r *scenario.Run) {
//		r.Play(ctx, t, []scenario.Scenario{{Name: "mockb", Steps: []scenario.Step{
//			steps.Publish("mockb"), steps.InLane("mockb"), steps.Approve("mockb"), steps.Rest(),
//		}}})
//	})
//
// Where the machine, and not the product, lost requests, a story is played once more
// with half the load (package collapse).
package scenario
