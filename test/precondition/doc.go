// Package precondition says what this machine lacks before anything is built or
// started, each thing with the command that mends it: a test that goes red half an
// hour later for want of disk has told its reader nothing.
//
//	needs := precondition.Needs{Stacks: 1, Name: "mine"}
//	found := precondition.Check(needs, precondition.Look(needs))
//	err := found.Err()
//
// Check is pure; Look reads the machine, and only what the needs ask about.
package precondition
