package trafficprovider

import (
	"slices"
	"strings"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// Step is what to write now.
type Step struct {
	// Phase is what follows the writes.
	Phase Phase
	// Writes are in their order; a later one is made only when the earlier ones succeeded.
	Writes []Write
	// Again is how long until the plan is to be translated again; 0 when only a change
	// brings more to do.
	Again time.Duration
	// Programmed are the lanes, the baseline included, whose requests the mesh
	// routes as planned once the writes are made; sorted.
	Programmed []string
	// Problem is why nothing is written (a conflict with a foreign object, a patch that
	// cannot be merged), or why what is written does not hold for all requests (a foreign
	// object decides about some); nil without one.
	Problem *lane.Problem
	// Notes are worth knowing although the plan holds: foreign objects that have no effect
	// because of ours. They are sorted, but for what is always told last.
	Notes []lane.Problem
}

// Add adds a problem that keeps nothing else from going on: what weighs more is told first.
func (s *Step) Add(p *lane.Problem) {
	switch {
	case p == nil:
	case s.Problem == nil:
		s.Problem = p
	default:
		s.Notes = append(slices.Clip(s.Notes), *p)
	}
}

// Phase of a step.
type Phase string

const (
	// Unconfirmed is that of a step which depends on several objects, of which a cache may
	// have a stale one: it removes something that a route might name, or names something
	// that might be gone. The Applier reads everything again, uncached, and translates
	// again before it writes. A step from Confirmed objects is never Unconfirmed.
	Unconfirmed Phase = "Unconfirmed"
	// Advancing is that of a step whose writes make the next one possible. The Applier
	// takes it from what the API server has then, and does not wait for the cache.
	Advancing Phase = "Advancing"
	// Waiting is when, once the writes are made, time or a change brings more to do.
	Waiting Phase = "Waiting"
	// Complete is when, once the writes are made, nothing is left to do for the plan.
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
	// Patch is the user's patch that the object is made with; empty without one. It may be
	// why the write is refused.
	Patch lane.Patch
	// Starts are the waits that begin when the write is done, as the provider
	// names them.
	Starts []string
	// Forbidden is what to say if the manager has no right to make the write: the others go
	// on without it. It is nil for one that they need.
	Forbidden *lane.Problem
	// Optional is set when the plan is in force without it: Forbidden is a note then.
	Optional bool
	// Reason is why, for log lines: "lane canary joins".
	Reason string
	// Cause is the kind of the reason, for metrics.
	Cause Cause
}

// Cause is why something is written.
type Cause string

// The causes, few enough for a metric.
const (
	// TakeOver creates an object of a Service or of an ingress.
	TakeOver Cause = "takeover"
	// Join lets a lane in, or its requests.
	Join Cause = "join"
	// Leave takes a lane out, or its requests.
	Leave Cause = "leave"
	// Isolate makes a lane keep the pods of another one out.
	Isolate Cause = "list"
	// Record notes which revisions of a workload are the baseline's.
	Record Cause = "record"
	// Repair makes an object follow the plan after an edit of either.
	Repair Cause = "repair"
	// Withdraw removes the objects of a Service or of an ingress.
	Withdraw Cause = "withdraw"
)

// Op is what a Write does.
type Op string

// The operations. An update carries the resourceVersion that was read, so that a conflict
// means ErrStale.
const (
	Create Op = "create"
	Update Op = "update"
	Delete Op = "delete"
)

// gerund is the operation as errors have it: "creating".
func (o Op) gerund() string { return strings.TrimSuffix(string(o), "e") + "ing" }

// Outcome is what an Apply did.
type Outcome struct {
	Step
	// Written counts the writes that were made.
	Written int
	// Unseen is set when an object was to be created that the cache did not have.
	Unseen bool
	// LeftOut are the ingress rules that the plan had and the mesh did not take.
	LeftOut []lane.LeftOut
}

// unseenFor is how long until a plan is applied again that created an object. If the watch
// breaks off until the object is gone again, no event tells of that.
const unseenFor = 10 * time.Second

// RequeueAfter returns how long until the plan has to be applied again although nothing
// changes; 0 for never.
func (o Outcome) RequeueAfter() time.Duration {
	if o.Unseen && (o.Again == 0 || o.Again > unseenFor) {
		return unseenFor
	}
	return o.Again
}

// Complete reports whether nothing is left to do for the plan.
func (o Outcome) Complete() bool { return o.Phase == Complete }

// then is what both outcomes wrote, and else the second one.
func (o Outcome) then(next Outcome) Outcome {
	next.Writes = append(slices.Clip(o.Writes), next.Writes...)
	next.Written += o.Written
	next.Unseen, next.LeftOut = o.Unseen, o.LeftOut
	return next
}
