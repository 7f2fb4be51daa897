package lane

import (
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// Snapshot is all that is known about one Service of a group.
type Snapshot struct {
	// Since is when reading it began.
	Since   time.Time
	Group   Group
	Service Service
	Pods    []Pod
	// Releases are the Rollouts that release a workload of this Service,
	// whether or not a canary pod exists yet.
	Releases []Release
	// Workloads are those of the Service's pods that are released in themselves; sorted.
	Workloads []Workload
	// Records are which of their revisions are the baseline's, as far as that is on record.
	Records Records
	// Sharing are the other Services of groups that select some of the pods; sorted.
	Sharing []types.NamespacedName
	// Elders are those of Sharing that an older group has; sorted. Their groups label the
	// pods.
	Elders []GroupService
	// Younger are those of Sharing that a younger group has; sorted.
	Younger []Younger
	// Beside are the Services of no group that select some of the pods; sorted.
	Beside []Beside
	// Marking is what the mesh has to say of the pods' markers.
	Marking Marking
	// Serving is the lane that is the baseline in the mesh, and ServingLabels are those by
	// which the mesh finds its pods; empty before the Service is taken over.
	Serving       string
	ServingLabels map[string]string
	// TakenOver is set when our traffic objects for the Service exist.
	TakenOver bool
	// HeldByOther is set when another group's objects for the Service exist, or for one
	// over the same pods that is this group's or nobody's. Their priority lists name only that group's markers.
	HeldByOther bool
	// OthersServing are the labels by which those objects find the pods that everybody meets, one
	// for each group; empty ones where they are not known.
	OthersServing []map[string]string
	// OthersAnswers are the lanes of those objects that ask of pods whether they may answer.
	OthersAnswers []string
	// Withdrawing is set when the Service left the group, or the group is being deleted.
	Withdrawing bool
	// Hold is why traffic must stay as it is (an invalid edit of the group), or which
	// group has a Service that is Withdrawing; nil without a reason.
	Hold *Problem
}

// Service is what matters of a Kubernetes Service.
type Service struct {
	Key types.NamespacedName
	// Found is set when the Service exists.
	Found bool
	// Selector is what its pods carry.
	Selector map[string]string
	// Unsupported is why the Service cannot carry lanes (headless,
	// ExternalName); empty when it can.
	Unsupported string
	Settings
}

// Settings are what a Service's own settings mean for lanes in the mesh.
type Settings struct {
	// Ports are the Service's ports, in its order.
	Ports []Port
	// Spills is the setting, with its cure, that makes requests spill from one rank of
	// endpoints into the next while some pods of the rank are not ready: from the baseline
	// into a lane, and from a lane out of it. Empty without one.
	Spills string
	// Export is the setting that shows the Service to some namespaces only; nil when all
	// know it.
	Export *Export
	// Unready is set when requests meet pods that are not ready as if they were.
	Unready bool
	// Notes are worth knowing although lanes work; sorted.
	Notes []Problem
}

// Pod is what matters of a pod that a Service selects.
type Pod struct {
	Name string
	// Version is the pod's resourceVersion.
	Version string
	Labels  map[string]string
	// Ready is set when requests to the Service may meet the pod.
	Ready       bool
	Terminating bool
	Owner       Owner
	// Note is what its settings mean for lanes in the mesh, said of one pod or of several
	// ("no sidecar …"); empty for nothing.
	Note string
	// AgentMissing is the annotation by which the pod asks for instrumentation that it has not
	// got; empty where it asks for none.
	AgentMissing string
	// PortNames are those that the Service asks for and the pod lacks.
	PortNames PortNames
	// Marking is what the mesh has to say of its markers.
	Marking Marking
}

// Owner is the workload at the top of a pod's owner chain.
type Owner struct {
	// Known is set when the owner chain could be followed to its end; a bare pod has a
	// known, empty owner. A pod of an unknown owner is left alone.
	Known bool
	// Workload names it, as "Deployment/mockb-v1"; empty for a bare pod.
	Workload string
	// Locked are the labels by which the workload finds its pods (SelectorKeys).
	// They are never changed on a pod, or the workload would lose it.
	Locked []string
	// Release is the Rollout that drives the workload; nil without one.
	Release *Release
	// Canary is set when the pod belongs to the version that Release is releasing.
	Canary bool
	// Revision is the one of the workload that the pod is of; empty where that is not known.
	Revision string
	// Standing is what pods of the revision are; empty where the workload has pods of one version only,
	// and its canaries are workloads of their own.
	Standing Kind
	// LeftBehind is set when the pod is of a canary that outlived the workload which it
	// was a canary of. No release is about it any more.
	LeftBehind bool
	// Earlier is set when the pod is of the canary of a release before the last one.
	Earlier bool
}

// Release is one Rollout, as far as lanes care.
type Release struct {
	// Rollout names it, as "namespace/name".
	Rollout string
	// Workload names what it releases, as "Deployment/mockb-v1".
	Workload string
	Stage    Stage
	// Lane is the one that it releases into; empty when none is known. Problem is why,
	// unless nothing is being released and there is no lane that it could be.
	Lane    string
	Problem *Problem
	// Notes are what people should know of how it releases; sorted.
	Notes []Problem
	// Leaks is set when its canary pods would keep the baseline's label, because the
	// workload finds its pods by it (LeaksToBaseline).
	Leaks bool
}

// Placement is a pod as one group's Service that selects it sees it.
type Placement struct {
	Group   Group
	Service types.NamespacedName
	Pod     Pod
}
