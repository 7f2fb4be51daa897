package facts

import (
	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

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
	// release is what Kruise's webhook wrote on it when its template changed.
	release string
}

// Exists reports whether there is such a workload.
func (w Workload) Exists() bool { return w.Ref.Name != "" }

// Revision is the version of a workload's template that a pod was made from.
type Revision struct {
	// Hash is the label by which the workload tells its revisions apart.
	Hash string
	// Stable is set for the version that is not being released. Any other is the version
	// that the Rollout releases, or released.
	Stable bool
}

// RevisionOf returns the revision that a pod of the workload is of. In the canary
// style Kruise releases in a workload of its own, all of whose pods are of the new
// version, and all of the stable one's are not: the stable one's template has
// changed already, but it is paused.
func (w Workload) RevisionOf(labels map[string]string) Revision {
	return Revision{Hash: labels[appsv1.DefaultDeploymentUniqueLabelKey], Stable: !w.Canary}
}

// WorkloadKinds are empty objects of the kinds of workloads that are cached.
func WorkloadKinds() []client.Object { return []client.Object{&appsv1.Deployment{}} }

// cachedKind is the kind of workloads that are cached, and whose Rollouts are followed.
const cachedKind = "Deployment"

func cachedRef(name string) Ref { return Ref{appsv1.GroupName, cachedKind, name} }

// isCached reports whether workloads of its kind are cached.
func (r Ref) isCached() bool { return r == cachedRef(r.Name) }

// workloadOf reads an object of one of the WorkloadKinds.
func workloadOf(o client.Object) Workload {
	d, ok := o.(*appsv1.Deployment)
	if !ok || d.Name == "" {
		return Workload{}
	}
	w := Workload{
		Ref: cachedRef(d.Name), Namespace: d.Namespace, Created: d.CreationTimestamp,
		Selector: d.Spec.Selector, Template: d.Spec.Template.Labels, Replicas: 1,
		Deleting: Deleting(d), release: d.Annotations[annotationInProgressing],
	}
	if d.Spec.Replicas != nil {
		w.Replicas = *d.Spec.Replicas
	}
	w.Stable = w.Ref
	if stable := d.Labels[labelCanaryOf]; stable != "" {
		w.Canary, w.Stable = true, cachedRef(stable)
	}
	return w
}
