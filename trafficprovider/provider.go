package trafficprovider

import (
	"context"
	"flag"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// Provider is one mesh. Methods with a reader read through it, by the indexes of SetUp
// where it is the cache of SetUp. No method writes. Package providertest tests what every
// provider promises.
type Provider interface {
	Options
	Kinds
	Mesh
	// CheckPatches returns the first patch of a group that cannot be merged into what
	// is generated for it; nil without one. A patch that is found out later stops
	// every change of the Services it is for, an undo included.
	CheckPatches(group lane.Group) *lane.Problem
	// Samples returns what is generated for a group, one object of each kind for every
	// patch, to ask the API server what the mesh thinks of it. It is empty without patches.
	Samples(group lane.Group) []Sample
	// IngressSample returns what would be written for the routes of a plan, once all that
	// they name may be named, under no name, to ask the API server what the mesh thinks of it.
	// The error is that a patch cannot be merged.
	IngressSample(plan lane.IngressPlan) (client.Object, error)
	// Words returns how statuses tell what the objects wait for.
	Words() Words
}

// Options are a provider's part in starting the manager. They are called in this order.
type Options interface {
	// AddFlags registers the provider's own flags.
	AddFlags(flags *flag.FlagSet)
	// Validate returns an error that names the flags which are wrong.
	Validate() error
	// Settle returns how long every proxy may take to get a change.
	Settle() time.Duration
	// AddToScheme registers the kinds of OwnedKinds, ReadKinds and OptionalKinds.
	AddToScheme(scheme *runtime.Scheme) error
	// SetUp adds indexes to the cache. They are used from then on where the reader is
	// this cache.
	SetUp(ctx context.Context, indexer client.FieldIndexer, cache client.Reader) error
	// IndexOptional adds the indexes of one of OptionalKinds to the cache. The API server
	// serves it.
	IndexOptional(ctx context.Context, indexer client.FieldIndexer, kind client.Object) error
	// ReadOptional is called once the cache holds one of OptionalKinds.
	ReadOptional(kind client.Object)
}

// Kinds are the objects that a provider owns and reads, and what they concern.
type Kinds interface {
	// OwnedKinds returns an empty object of each kind that is written, to watch for drift.
	OwnedKinds() []client.Object
	// ReadKinds returns an empty object of each kind that is read and never written.
	ReadKinds() []client.Object
	// OptionalKinds returns an empty object of each kind that is read where the API server
	// serves it, which may begin at any time (ReadOptional).
	OptionalKinds() []client.Object
	// OwnerOf returns whom an object belongs to by its labels and name; false for a foreign
	// object. It is his indeed only in his namespaces (NamespacesOf).
	OwnerOf(obj client.Object) (Owner, bool)
	// ReadService returns what a Service's settings, and the annotations of its namespace,
	// mean for lanes.
	ReadService(service *corev1.Service, namespace map[string]string) lane.Settings
	// ReadPod returns what a pod's settings mean for lanes; empty for nothing. It reads
	// labels and the annotations of PodAnnotations only.
	ReadPod(pod *corev1.Pod) string
	// PodAnnotations returns the annotations of pods that the cache has to keep.
	PodAnnotations() []string
	// ImpactOf returns what a foreign object can have an effect on. After an error, which
	// is the cache's, that is what the object itself says.
	ImpactOf(ctx context.Context, obj client.Object) (Impact, error)
}

// Mesh is what the Applier needs. Translate and TranslateIngress are pure: they read and
// write nothing, and do not change what they are given.
type Mesh interface {
	// Live reads a Service's objects, and the ingress routes that name it.
	Live(ctx context.Context, r client.Reader, group string, service types.NamespacedName) (Live, error)
	// Isolation reads which lanes the gray subsets of a Service keep out.
	Isolation(ctx context.Context, r client.Reader, group string, service types.NamespacedName) (Isolation, error)
	// Translate returns the next step from live to plan at the moment now.
	Translate(plan lane.Plan, live Live, basis Basis, now time.Time) (Step, error)

	// LiveIngress reads the objects of a group's ingress, and what else is on the gateway
	// that it should be on, or concerns the hosts of its rules by another gateway. Without
	// a gateway's name it reads the group's objects only.
	LiveIngress(ctx context.Context, r client.Reader, group string, gateway types.NamespacedName, hosts ...string) (LiveIngress, error)
	// TranslateIngress returns the next step of the ingress. A route names a lane's
	// subset only when the Live of its ingress service, among services, lets it.
	TranslateIngress(plan lane.IngressPlan, live LiveIngress, services map[types.NamespacedName]Live, basis Basis, now time.Time) (Step, error)

	// Wrote is called for every write that was made, or may have been made because its
	// answer was lost, with the time of the answer. A wait whose start is written in the
	// object counts from then, and not from when the object was made.
	Wrote(w Write, at time.Time)
	// Unreachable is called for every call to the API server that reached nobody, and none
	// has since then. The mesh could not reach it either, and may hear of writes late for a
	// while. It is safe for concurrent use.
	Unreachable(since, at time.Time)
}

// Basis is where the live objects were read.
type Basis string

const (
	// Cached objects may be stale, each by itself.
	Cached Basis = "Cached"
	// Confirmed objects were read from the API server for this step.
	Confirmed Basis = "Confirmed"
)

// Live is the objects of a mesh that concern one Service.
type Live interface {
	// TakenOver reports whether objects of ours exist.
	TakenOver() bool
	// Serving returns the lane that is the Service's baseline as far as the objects say,
	// which may be another one than the group's; empty before there are any. An edit by
	// hand that sends everybody elsewhere makes that no baseline.
	Serving() string
	// ServingLabels returns the labels that the mesh knows that lane's pods by, also while
	// another lane becomes the baseline; empty where they are not known.
	ServingLabels() map[string]string
	// Isolates reports whether every gray subset keeps the lane's pods out by their
	// marker, and has done so for one settle. It is true without such subsets.
	Isolates(laneName string, now time.Time) bool
	// Answers are the lanes whose subset selects the pods that may answer in it, or is about to;
	// sorted.
	Answers() []string
	// Records returns which revisions of the Service's workloads are on record as the baseline's.
	Records() lane.Records
	// Names reports whether the lane has a subset of the Service, or some route to
	// it. The priorities of other lanes that keep its pods out do not count: they stay
	// until the lane does not exist any more.
	Names(laneName string) bool
	// HeldByOther reports whether objects of another group exist for the Service.
	HeldByOther() bool
	// OthersServing returns, for each other group that has some, the labels by which they find
	// the pods that everybody meets; empty ones where these are not known.
	OthersServing() []map[string]string
	// OthersAnswers is Answers of those objects.
	OthersAnswers() []string
}

// Isolation is the part of Live that the labels of new pods depend on.
type Isolation interface {
	// Isolates is that of Live, but may be false for one settle longer: a process that
	// did not make the writes does not know when they were done.
	Isolates(laneName string, now time.Time) bool
	// Answers and Records are those of Live.
	Answers() []string
	Records() lane.Records
}

// LiveIngress is the objects of a mesh that concern a group's ingress.
type LiveIngress interface {
	// TakenOver reports whether objects of ours at the Gateway exist, Exists whether any of the
	// group's that is no single Service's does.
	TakenOver() bool
	Exists() bool
	// Names reports whether a route stamps the lane's tag or names its subset.
	Names(laneName string) bool
	// Baseline returns that of the plan that the objects were written for
	// (lane.IngressPlan); empty without objects.
	Baseline() string
	// Routes returns the routes of rules, by their names.
	Routes() map[string]lane.LiveRoute
}

// Owner is whom a traffic object belongs to. For an ingress object Service is empty and
// Ingress are the Services that it sends requests to.
type Owner struct {
	Group   string
	Service types.NamespacedName
	Ingress []types.NamespacedName
	// OfMesh is set for an object in the mesh's own namespace, which is no group's.
	OfMesh bool
	// OfNamespace is set for an object that is for all Services of a group in its namespace.
	OfNamespace bool
}

// Impact is what a foreign object can have an effect on.
type Impact struct {
	// Services are those whose hosts it has, or whose objects have its name.
	Services []types.NamespacedName
	// Matches reports whether a wildcard host of the object matches a Service; nil when
	// it has none.
	Matches func(service types.NamespacedName) bool
	// Clients is the namespace whose clients it is for, "*" for any: it concerns the groups
	// that have a Service there. Empty for none.
	Clients string
	// Gateways are those that it is on, or the one that it is, and those that share hosts
	// with it.
	Gateways []types.NamespacedName
	// Groups are those whose ingress object has its name.
	Groups []string
}
