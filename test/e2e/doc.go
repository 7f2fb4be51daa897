// Package e2e shows on the real stack, under load, that the promises hold: each
// scenario is a list of things that people do (publish, approve, undo, kill),
// and every request that was sent meanwhile is judged afterwards.
//
//	make test-e2e                  all scenarios, on STACKS stacks side by side
//	make test-e2e RUN=mockb        one scenario, on a stack that is kept
//	make test-faults               releases during which things break down
//
// Here are the tables of scenarios, and nothing else. A new one is a few lines in the
// file that fits, of steps that there are; one that lacks a step gets it in package
// steps:
//
//	{Name: "v2-then-v3", Steps: []scenario.Step{
//		steps.Publish("mockb"), steps.InLane("mockb"),
//		steps.Publish("mockb"), steps.InLane("mockb"),
//		steps.Approve("mockb"), steps.Rest(),
//	}},
//
// Those that are marked with Once are what `make test` plays. How much load is sent,
// and what happens where the machine cannot carry it, says docs/testing.md.
//
// The managers run with a settle of 2s instead of 10s, and in faults with a lease of
// 4s instead of 15s: the times that are printed are of that.
//
// The packages below hold the parts: scenario plays and says whether it was right,
// steps is what can happen, cluster the stack with the product and what a person does
// to it, timeline what happened, promise the judgement, collapse whether the machine
// is to blame, accesslog what the proxies saw, apifault what goes wrong between the
// managers and the API server.
package e2e
