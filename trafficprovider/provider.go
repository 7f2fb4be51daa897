// Package trafficprovider brings plans into a mesh. A Provider knows one mesh's
// objects: it reads what is live and translates a plan into the next writes,
// and writes nothing itself. The Applier is the only writer of traffic objects.
//
//	live, err := applier.Service(ctx, group, service)  // what the mesh has been told
//	plan := lane.Compute(snapshot)                      // what it should be told
//	outcome, err := applier.Apply(ctx, plan, live)      // the next step, in order
//
// It is never the whole way: a subset is defined one settle before a route names
// it (lane.Settle). Outcome.RequeueAfter says when to look again.
package trafficprovider

import (
	"context"
	"flag"
	"time"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// Provider is one mesh. Only its reading methods read, through the reader they are
// given, or through the cache's indexes where that reader is the cache of SetUp; none
// writes. providertest says what every provider promises.
type Provider interface {
	Options
	Kinds
	Mesh
	// CheckPatches returns the first patch of a group that cannot be merged into what
	// is generated for it; nil without one. A patch that is found out later stops
	// every change of the Services it is for, an undo included.
	CheckPatches(group lane.Group) *lane.Problem
	// Words are how statuses speak of what the objects wait for.
	Words() Words
}

// Options are a provider's part in starting the manager, in this order.
type Options interface {
	// AddFlags registers the provider's own flags.
	AddFlags(flags *flag.FlagSet)
	// Validate returns an error that names the flags which are wrong.
	Validate() error
	// Settle is how long every proxy may take to learn of a change.
	Settle() time.Duration
	// AddToScheme registers the kinds that are owned and read.
	AddToScheme(scheme *runtime.Scheme) error
	// SetUp adds the cache's indexes, which are used from then on where the reader
	// is this one.
	SetUp(ctx context.Context, indexer client.FieldIndexer, cache client.Reader) error
}

// Kinds are the objects that a provider owns and reads, and whom they are about.
type Kinds interface {
	// OwnedKinds are empty objects of the kinds that are written, to watch for drift.
	OwnedKinds() []client.Object
	// ReadKinds are empty objects of the kinds that are read and never written.
	ReadKinds() []client.Object
	// OwnerOf returns the group, and which of its Services, an object of ours
	// belongs to. False for an object that is not ours.
	OwnerOf(obj client.Object) (Owner, bool)
	// ImpactOf returns what an object can change although it is not ours.
	ImpactOf(obj client.Object) Impact
}

// Mesh is what the Applier needs. Translate and TranslateIngress are pure.
type Mesh interface {
	// Live reads a Service's objects, and the ingress routes that name it.
	Live(ctx context.Context, r client.Reader, group string, service types.NamespacedName) (Live, error)
	// Isolation reads which lanes' pods the gray subsets of a Service keep out.
	Isolation(ctx context.Context, r client.Reader, group string, service types.NamespacedName) (Isolation, error)
	// Translate returns the next step from live to plan at the moment now.
	Translate(plan lane.Plan, live Live, basis Basis, now time.Time) (Step, error)

	// LiveIngress reads the objects of a group's ingress, and what else is on the
	// gateway that it should be on. Without a gateway's name it is about what the
	// group has only.
	LiveIngress(ctx context.Context, r client.Reader, group string, gateway types.NamespacedName) (LiveIngress, error)
	// TranslateIngress returns the next step of the ingress. A route names a
	// lane's subset only when the ingress service's Live, among services, says that
	// it may.
	TranslateIngress(plan lane.IngressPlan, live LiveIngress, services map[types.NamespacedName]Live, basis Basis, now time.Time) (Step, error)

	// Wrote is told of every write once it is made, or may have been made (its
	// answer was lost), and when that was. A wait whose start was written down
	// before a slow write counts from its end.
	Wrote(w Write, at time.Time)
}

// Basis is where what is live was read.
type Basis string

const (
	// Cached objects may be old, each by itself.
	Cached Basis = "Cached"
	// Confirmed objects were read from the API server for this step.
	Confirmed Basis = "Confirmed"
)

// Live is what a mesh has been told about one Service.
type Live interface {
	// TakenOver reports whether objects of ours exist.
	TakenOver() bool
	// Isolates reports whether every gray subset keeps the lane's pods out by their
	// marker, and has done so for one settle. Vacuously true without such subsets.
	Isolates(laneName string, now time.Time) bool
	// Names reports whether the lane has a subset of the Service, or some route to
	// it. The priorities of other lanes that keep its pods out do not count: they
	// stay until the lane itself is gone.
	Names(laneName string) bool
	// HeldByOther reports whether objects of another group are there for the Service.
	HeldByOther() bool
}

// Isolation is the part of Live that the labels of new pods depend on.
type Isolation interface {
	// Isolates is Live's, but may say no for one settle longer: whoever asks has not
	// made the writes, and does not know when they were done.
	Isolates(laneName string, now time.Time) bool
}

// LiveIngress is what a mesh has been told about a group's ingress.
type LiveIngress interface {
	// TakenOver reports whether objects of ours exist.
	TakenOver() bool
	// Names reports whether a route stamps the lane or names its subset.
	Names(laneName string) bool
}

// Owner is whom a traffic object belongs to. For an ingress object Service is empty and
// Ingress are the Services that it sends requests to.
type Owner struct {
	Group   string
	Service types.NamespacedName
	Ingress []types.NamespacedName
}

// Impact is what an object of somebody else speaks for.
type Impact struct {
	// Services that it speaks for, or has the name of an object of.
	Services []types.NamespacedName
	// Matches reports whether a pattern of the object stands for a Service; nil when
	// it has none.
	Matches func(service types.NamespacedName) bool
	// Gateways that it is on, or is.
	Gateways []types.NamespacedName
	// Groups whose ingress has its name.
	Groups []string
}
