// Package steps has what can happen in a scenario: each function is a
// scenario.Step, its words and what it does. Those that people do come back when they
// are done, not when it had an effect; for that there are steps that wait.
//
// A step that breaks what requests need, or changes what a tag means, notes so in the
// timeline: package promise judges by that. One that has to be undone in the end
// says so with Play.Cleanup. What a step needs to know of an earlier one is a value
// that both are methods of (Backups, Killing, Webhook), which begins anew when the
// scenario is played again.
//
// The files are named after what they act on. Beside steps, some have streams of
// other people, and how what these meet is judged (Scenario.Check).
package steps
