// Package mutants has small deliberate faults of the product, so that it can be
// shown that the tests see them: a test that is green whatever the product does
// proves nothing. It matters most where tests are made milder, such as by a load
// that spares a small machine.
//
//	make test-mutants              every mutant, each on a stack of its own
//	make test-mutants RUN=name     one of them
//	make test-mutants STACKS=2     two at a time
//	make test-mutants BUSY=1       with all cores kept busy by something else
//
// A mutant (All) is a slip that somebody could make in one place: some text of one
// file of the product, and what stands there instead. It says which promise it
// breaks, which test must see that, and with which words. A test that is red with
// other words has not seen it: a stack that does not start is red, too.
//
// Nothing of it is in the product. The changed file lies in a folder of its own,
// and the go command is told to take it instead (go help build, -overlay), so that
// the working tree is never touched, and all but one or two packages come from the
// build cache. Patches would have to be applied and taken back, and would break
// with every change of a line nearby; build tags would have to stand in the product.
//
// # Who must see what
//
// Most mutants must be seen by a scenario under load (test/e2e). Where the fault is
// there for milliseconds, a request meets it by luck: a route that names a subset
// one settle too early is answered 503 until the proxy knows the cluster, and one
// push of istiod brings both. Such faults are seen by test/model, which asks a
// proxy that may be late after every single write. Where the product mends a fault
// before a request can meet it (a pod that the webhook missed is labelled before it
// is ready), a test against the real API server looks at the moment itself. And what
// Kruise ends within a second, such as the pods of an undone version, lives on in the
// model for as long as a sequence says.
//
// Scenarios that see the same are chosen by their length. Requests must meet the
// fault for seconds, so that some of the few that a busy machine sends do.
//
// # When a test here fails
//
// The tests of this package take no time and need no stack: they say that a change
// of the product has moved the text that a mutant replaces, or that a scenario has
// got another name. Package caught runs the mutants.
package mutants
