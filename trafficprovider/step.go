package trafficprovider

import (
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// Step is what to write now.
type Step struct {
	// Phase is how the step goes on.
	Phase Phase
	// Writes in their order; a later one is made only when the earlier ones
	// succeeded.
	Writes []Write
	// Again is when to look again; 0 when only a change brings more to do.
	Again time.Duration
	// Programmed are the lanes, the baseline included, whose requests the mesh
	// routes as planned once the writes are made; sorted.
	Programmed []string
	// Problem is why nothing is written (a conflict with an object that is not
	// ours, a patch that cannot be merged), or why what is written does not hold
	// everywhere (an object of somebody else decides for some requests).
	Problem *lane.Problem
	// Notes are worth knowing although the plan holds: objects of others that
	// have no effect because of ours; sorted.
	Notes []lane.Problem
}

// Phase of a step.
type Phase string

const (
	// Unconfirmed: the step depends on what several objects say, of which a cache
	// may have an old one: it takes something away that a route might name, or
	// names something that might be gone. The Applier reads everything again,
	// uncached, and translates again before it writes. A step from what is Confirmed
	// is never Unconfirmed.
	Unconfirmed Phase = "Unconfirmed"
	// Advancing: the writes make the next step possible. The Applier takes it from
	// what the API server says of them, sooner than a watch would tell.
	Advancing Phase = "Advancing"
	// Waiting: once the writes are made, time or a change brings more to do.
	Waiting Phase = "Waiting"
	// Complete: nothing is left to do for this plan once the writes are made.
	Complete Phase = "Complete"
)

// creates reports whether a step creates an object.
func (s Step) creates() bool {
	return slices.ContainsFunc(s.Writes, func(w Write) bool { return w.Op == Create })
}

// Write is one create, update or delete.
type Write struct {
	Op     Op
	Object client.Object
	// Starts are the waits that begin when the write is done, as the provider
	// names them.
	Starts []string
	// Reason says why, for log lines: "lane canary joins".
	Reason string
	// Cause is the kind of the reason, for metrics.
	Cause Cause
}

// Cause is why something is written.
type Cause string

// The causes, few enough for a metric.
const (
	TakeOver Cause = "takeover"
	Join     Cause = "join"
	Leave    Cause = "leave"
	// List: another lane's pods are kept out of a lane.
	List Cause = "list"
	// Repair: the object differs from the plan, after an edit of either.
	Repair   Cause = "repair"
	Withdraw Cause = "withdraw"
)

// Op is what a Write does.
type Op string

// The operations. An update carries the resourceVersion that was read: a
// conflict means look again.
const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
)

// Outcome is what an Apply did.
type Outcome struct {
	Step
	// Written counts the writes that were made.
	Written int
	// Unseen: an object was to be created, as far as the cache told.
	Unseen bool
}

// unseenFor is when a look is repeated that found an object to be created. Should
// the watch be cut off until the object is gone again, it never tells of it.
const unseenFor = 10 * time.Second

// RequeueAfter is how long until the plan has to be applied again, though nothing
// changes; 0 for never.
func (o Outcome) RequeueAfter() time.Duration {
	if o.Unseen && (o.Again == 0 || o.Again > unseenFor) {
		return unseenFor
	}
	return o.Again
}

// Complete reports whether nothing is left to do for the plan.
func (o Outcome) Complete() bool { return o.Phase == Complete }

// then is what both did, and what the second one led to.
func (o Outcome) then(next Outcome) Outcome {
	next.Writes = append(slices.Clip(o.Writes), next.Writes...)
	next.Written += o.Written
	next.Unseen = o.Unseen
	return next
}
