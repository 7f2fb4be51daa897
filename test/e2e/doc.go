// Package e2e shows on the real stack, under load, that the promises hold: each
// scenario is a list of things that people do (publish, approve, undo, kill),
// and every request that was sent meanwhile is judged afterwards.
//
//	make test-e2e                  all scenarios, on STACKS stacks side by side
//	make test-e2e RUN=mockb        one scenario, on a stack that is kept
//	make test-faults               releases during which things break down
//
// Those that are marked with once are what `make test` plays. How much load is sent,
// and what happens where the machine cannot carry it, says docs/testing.md.
//
// The managers run with a settle of 2s instead of 10s, and in faults with a lease of
// 4s instead of 15s: the times that are printed are of that.
//
// The packages below hold the parts: cluster is what people do, timeline what
// happened, promise the judgement, collapse whether the machine is to blame,
// accesslog what the proxies saw, apifault what goes wrong between the managers and
// the API server.
package e2e
