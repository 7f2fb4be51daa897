// Package caught runs the mutants and expects each to be seen by the test that must
// see it, with the words that say what is wrong. See package mutants.
//
// It is apart from that one because it takes minutes, needs the parts (make parts)
// and, for the stacks, root.
//
// A test on a stack is the program of test/e2e as it is; the stack takes its
// programs from a folder in which the manager is the mutant and all else is what
// bin/ has. Every other test is built with the mutant inside. What each printed is
// in dist/mutants/<name>.
package caught
