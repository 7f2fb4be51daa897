// Package promise judges requests: given what happened when (a timeline) and
// what every request met (load records), which of the product's promises were
// broken, and by which request.
//
// It is pure, so that each promise is itself tested with a request that breaks
// it.
package promise

import "time"

// The times that the promises leave.
const (
	// Join is how long after a canary pod became ready tagged requests may
	// still meet the baseline.
	Join = 5 * time.Second

	// SettleGrace is how long after the settle time the route may still be on its
	// way: the manager writes it, and every proxy has to learn of it.
	SettleGrace = 2 * time.Second

	// UndoGrace is how long after the undo command returned tagged requests
	// may still meet the undone version: Kruise has to see the change, and
	// the lane's route has to leave every proxy.
	UndoGrace = 5 * time.Second

	// PodGrace is how long after the watch called a pod unready a request may
	// still have been answered by it: it finishes what it has.
	PodGrace = time.Second

	// WatchGrace is how long after proxies the watch may hear of a mesh write.
	WatchGrace = time.Second
)

// Names of the promises, as a violation prints them.
const (
	Whole    = "every request is answered by the whole chain"
	Known    = "every hop is a pod of the chain"
	Outside  = "an untagged request never enters a lane"
	Approval = "an untagged request meets a version only after its approval"
	InLane   = "a tagged request is served by its lane wherever that has a ready pod"
	Another  = "a tagged request never meets another gray lane"
	Forward  = "a tagged request never goes back to the old version once approved"
	Withdraw = "nobody meets a version that was withdrawn, or that is nobody's"
)
