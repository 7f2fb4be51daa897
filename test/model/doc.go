// Package model plays random sequences of events and faults against the real
// controllers, the real Applier, the real provider and the real webhook.
//
// What is real runs as it does in a cluster: SetupWithManager registers the
// watches, the queues and the workers. What is modelled is the rest of the
// world: the API server (store.go, verbs.go), the watches that lag (cache.go),
// the network between (gate.go), the process that dies or is frozen
// (process.go), Kruise and the workloads (kruise.go, workloads.go), people
// (people.go, edits.go, hands.go, somebody.go, tenant.go), and the proxies (router.go,
// views.go). Time is the fake clock of testing/synctest, so a sequence of some
// minutes takes some milliseconds.
//
// One goroutine plays: it lets the controllers run until all of them wait, and
// then chooses what happens next, such as which of their calls is answered, and
// how. Two runs of the same actions are the same but for the order in which
// goroutines of one process wake up together.
//
// There are two groups (groups.go). The second comes and goes by actions of its
// own, or is there from the start and the older; it names one Service of its own
// and one that the first has too, has lanes for the same pods, and enters by the
// same Gateway and host. Either may name any Service later, the second one also a
// Service over the pods of another one. Somebody else's routes of a Service come and go,
// too, and a tenant has objects with our names and labels in a namespace of his own
// (tenant.go). With the flag -moves other lanes become the baseline of a group, and the first
// one again (move.go): in random sequences by this flag only, until long runs with it are as
// green as those without.
//
// # What is judged
//
// After every action and every answered call, all proxies are asked
// (promises.go). A proxy may hold any version of each group's DestinationRule of a
// Service and any of its VirtualService that was in force within the last settle,
// each on its own; endpoints are always current. Of two VirtualServices the older
// is in force, and DestinationRules are merged by age. For all that a proxy may
// make of them, and for requests with every tag, without one and with an unknown
// one:
//
//   - no route names a subset that is not defined;
//   - while the baseline has a ready pod, something is met, and nobody but a
//     lane's own requests meets its pods, as long as its group's routes are in
//     force; nobody meets outsiders;
//   - a Service that somebody else routes is not taken over;
//   - a Service whose pods an older group labels is not taken over (twin.go);
//   - objects of a Service are not deleted while it is their group's (withdrawal.go);
//   - one settle after the controllers could know that a version was undone, its
//     lane's requests do not meet it, whatever is published afterwards. The garbage
//     collector may take its time with its canary.
//
// The controllers know of a thing at the first quiet moment after it: a manager
// runs, its watches have delivered everything, no call waits, none has failed
// since the last long rest. Until then a new pod counts as nobody's, because the
// webhook may have missed it; and the webhook does not know whether a Service still
// moves from one group to the other. A Service whose objects a person has changed is
// not judged until two settles after the controllers knew of that.
//
// At rest the objects, labels and statuses are compared with what the design
// says of the facts of that moment (rest.go): the older of two groups that name a
// Service has it, and the younger says so. Every sequence ends with a world that
// is mended, at which nothing is written any more and no group wants what it does
// not have, unless an older one has it (done.go), then without the older group,
// whose Services are the younger's, and with everything deleted, of which nothing
// stays (finish.go).
//
// # What was found
//
// A sequence that breaks a promise is shrunk by leaving actions out, and printed.
// Such lists, and some that were made by hand, are in testdata and are played
// again by name. (rapid would want two runs of a sequence to be the same to the
// letter, and sequences of choices instead of names mean something else as soon
// as one of them is left out.)
package model
