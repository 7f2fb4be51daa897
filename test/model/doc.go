// Package model plays random sequences of events and faults against the real
// controllers, the real Applier, the real provider and the real webhook.
//
// What is real runs as it does in a cluster: SetupWithManager registers the
// watches, the queues and the workers. What is modelled is the rest of the
// world: the API server (store.go, verbs.go), the watches that lag (cache.go),
// the network between (gate.go), the process that dies or is frozen
// (process.go), Kruise and the workloads (kruise.go, workloads.go), people
// (people.go, hands.go), and the proxies (router.go). Time is the fake clock of
// testing/synctest, so a sequence of some minutes takes some milliseconds.
//
// One goroutine plays: it lets the controllers run until all of them wait, and
// then chooses what happens next, such as which of their calls is answered, and
// how. Two runs of the same actions are the same but for the order in which
// goroutines of one process wake up together.
//
// After every action the proxies are asked (promises.go), and at rest the
// objects and statuses are compared with what the design says (rest.go). A
// sequence that breaks a promise is printed as a list of actions. Such lists
// are kept in testdata and played again by name.
package model
