// Package trafficprovider brings plans into a mesh. A Provider knows one mesh's
// objects: it reads what is live and translates a plan into the next writes,
// and writes nothing itself. The Applier is the only writer of traffic objects.
//
//	live, err := applier.Service(ctx, group, service)  // what the mesh has been told
//	plan := lane.Compute(snapshot)                      // what it should be told
//	outcome, err := applier.Apply(ctx, plan, live)      // the next step, in order
//
// It is never the whole way: a subset is defined one settle before a route names
// it (lane.Settle). Outcome.LookAgain says when to look again.
package trafficprovider

import (
	"context"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// Provider is one mesh. Its methods read through the reader they are given and
// never write; Translate and TranslateIngress are pure.
type Provider interface {
	// Live reads a Service's objects, and the entry routes that name it.
	Live(ctx context.Context, r client.Reader, group string, service types.NamespacedName) (Live, error)
	// Translate returns the next step from live to plan at the moment now.
	Translate(plan lane.Plan, live Live, now time.Time) (Step, error)

	// LiveIngress reads the objects of a group's entry, and what else is on the
	// gateway that it should be on. Without a gateway's name it is about what the
	// group has only.
	LiveIngress(ctx context.Context, r client.Reader, group string, gateway types.NamespacedName) (LiveIngress, error)
	// TranslateIngress returns the next step of the entry. A route names a
	// lane's subset only when the entry service's Live, among services, says that
	// it may.
	TranslateIngress(plan lane.IngressPlan, live LiveIngress, services map[types.NamespacedName]Live, now time.Time) (Step, error)

	// Equal says whether two objects of one kind are the same to the mesh and to
	// us: spec, and the labels and annotations that we write.
	Equal(a, b client.Object) bool
	// Watched are empty objects of the kinds to watch for drift.
	Watched() []client.Object
	// Consulted are empty objects of the kinds that are read and never written.
	Consulted() []client.Object
	// Affects says what an object can change although it is not ours.
	Affects(obj client.Object) Affected
	// Wrote is told of every write once it is made, or may have been made (its
	// answer was lost), and when that was. A wait whose start was written down
	// before a slow write counts from its end.
	Wrote(w Write, at time.Time)
	// Concerns says which group, and which of its Services, an object of ours
	// belongs to. For an entry object Service is empty and Entries are the
	// Services it sends requests to. False for an object that is not ours.
	Concerns(obj client.Object) (Concern, bool)
	// Words are how statuses speak of what the objects wait for.
	Words() Words
}

// Concern is whom a traffic object belongs to.
type Concern struct {
	Group   string
	Service types.NamespacedName
	Entries []types.NamespacedName
}

// Affected is what an object of somebody else speaks for.
type Affected struct {
	// Services that it speaks for, or has the name of an object of.
	Services []types.NamespacedName
	// Matches says of any Service whether a pattern of the object stands for it;
	// nil when it has none.
	Matches func(service types.NamespacedName) bool
	// Gateways that it is on, or is.
	Gateways []types.NamespacedName
	// Groups whose entry has its name.
	Groups []string
}

// Live is what a mesh has been told about one Service.
type Live interface {
	// TakenOver: objects of ours exist.
	TakenOver() bool
	// Listed: every gray subset keeps the lane's pods out by their marker, and
	// has done so for one settle. Vacuously true without such subsets.
	Listed(laneName string, now time.Time) bool
	// Names: the lane has a subset of the Service, or some route to it. The
	// priorities of other lanes that keep its pods out do not count: they stay
	// until the lane itself is gone.
	Names(laneName string) bool
	// Gone: nothing of ours is left.
	Gone() bool
	// Elsewhere: objects of another group are there for the Service.
	Elsewhere() bool
}

// LiveIngress is what a mesh has been told about a group's entry.
type LiveIngress interface {
	TakenOver() bool
	// Names: an entry route stamps the lane or names its subset.
	Names(laneName string) bool
	Gone() bool
}

// Step is what to write now.
type Step struct {
	// Writes in their order; a later one is made only when the earlier ones
	// succeeded.
	Writes []Write
	// Again is when to look again; 0 when only a change brings more to do.
	Again time.Duration
	// Confirm: the step depends on what several objects say, of which a cache
	// may have an old one: it takes something away that a route might name, or
	// names something that might be gone. The Applier reads everything again,
	// uncached, and translates again before it writes.
	Confirm bool
	// Continue: the writes make the next step possible. The Applier takes it from
	// what the API server says of them, sooner than a watch would tell.
	Continue bool
	// Programmed are the lanes, the baseline included, whose requests the mesh
	// routes as planned once the writes are made; sorted.
	Programmed []string
	// Complete: nothing is left to do for this plan once the writes are made.
	Complete bool
	// Problem is why nothing is written (a conflict with an object that is not
	// ours, a patch that cannot be merged), or why what is written does not hold
	// everywhere (an object of somebody else decides for some requests).
	Problem *lane.Problem
	// Notes are worth knowing although the plan holds: objects of others that
	// have no effect because of ours; sorted.
	Notes []lane.Problem
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

// LookAgain is how long until the plan has to be applied again, though nothing
// changes; 0 for never.
func (o Outcome) LookAgain() time.Duration {
	if o.Unseen && (o.Again == 0 || o.Again > unseenFor) {
		return unseenFor
	}
	return o.Again
}

// then is what both did, and what the second one led to.
func (o Outcome) then(next Outcome) Outcome {
	next.Writes = append(slices.Clip(o.Writes), next.Writes...)
	next.Written += o.Written
	next.Unseen = o.Unseen
	return next
}

// creates says whether a step creates an object.
func (s Step) creates() bool {
	return slices.ContainsFunc(s.Writes, func(w Write) bool { return w.Op == Create })
}
