package facts

import (
	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"lanekeeper.io/lane"
)

// Ref names a workload within a namespace, whatever API version is used for it.
type Ref struct {
	Group, Kind, Name string
}

// String returns "group/kind/name".
func (r Ref) String() string { return r.Group + "/" + r.Kind + "/" + r.Name }

// short returns "kind/name", as people write it. Whoever makes a pod can write any owner.
func (r Ref) short() string { return lane.Brief(r.Kind) + "/" + lane.Brief(r.Name) }

func refOfOwner(o *metav1.OwnerReference) Ref {
	return Ref{schema.FromAPIVersionAndKind(o.APIVersion, o.Kind).Group, o.Kind, o.Name}
}

// releasedBy names what a Rollout releases.
func releasedBy(r *kruisev1beta1.Rollout) Ref {
	ref := r.Spec.WorkloadRef
	return Ref{schema.FromAPIVersionAndKind(ref.APIVersion, ref.Kind).Group, ref.Kind, ref.Name}
}

// Workload is one workload, of whatever kind. The zero value is one that does not
// exist.
type Workload struct {
	Ref       Ref
	Namespace string
	Created   metav1.Time
	// Selector selects its pods, and Template are the labels that it gives them.
	Selector *metav1.LabelSelector
	Template map[string]string
	// Replicas is how many pods it should have.
	Replicas int32
	Deleting bool
	// Canary is set when Kruise made it for a release of the workload that Stable names.
	// Any other workload is its own Stable.
	Canary bool
	Stable Ref
	// RevisionLabel is the label of its pods by which it tells its revisions apart. Update is the one of its
	// template, and Current that of the pods before, as its status has them: wrong for seconds after an undo.
	// Observed is set when the status is of the present spec.
	RevisionLabel, Update, Current string
	Observed                       bool
	// release is what Kruise's webhook wrote on it when its template changed.
	release string
}

// Exists reports whether there is such a workload.
func (w Workload) Exists() bool { return w.Ref.Name != "" }

// RevisionOf returns the revision that a pod of the workload is of; empty where its labels do not tell.
func (w Workload) RevisionOf(labels map[string]string) string { return labels[w.RevisionLabel] }
