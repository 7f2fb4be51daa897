package facts

import (
	"slices"

	kruiseappsv1alpha1 "github.com/openkruise/kruise-api/apps/v1alpha1"
	kruiseappsv1beta1 "github.com/openkruise/kruise-api/apps/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// kruiseApps is the API group of OpenKruise's workloads.
const kruiseApps = "apps.kruise.io"

// workloadKind is a kind of workloads that lanes know. Nothing outside of this file names one, but
// for the ReplicaSets between a Deployment and its pods (owner.go).
type workloadKind struct {
	group, kind string
	object      client.Object
	list        client.ObjectList
	// optional kinds are served where OpenKruise is installed.
	optional bool
	// revisionLabel is the label of pods by which the workload tells its revisions apart.
	revisionLabel string
	// read returns a workload; false for an object of another kind.
	read func(o client.Object) (Workload, bool)
	// strip returns what the cache keeps of an object of the kind.
	strip func(o client.Object) client.Object
}

// of completes a kind with what is known of its type.
func of[T client.Object](k workloadKind, object T, list client.ObjectList, read func(T) Workload, strip func(T) client.Object) workloadKind {
	k.object, k.list = object, list
	k.read = func(o client.Object) (Workload, bool) {
		if typed, ok := o.(T); ok {
			return read(typed), true
		}
		return Workload{}, false
	}
	k.strip = func(o client.Object) client.Object { return strip(o.(T)) }
	return k
}

var workloadKinds = []workloadKind{
	of(workloadKind{group: appsv1.GroupName, kind: "Deployment", revisionLabel: appsv1.DefaultDeploymentUniqueLabelKey},
		&appsv1.Deployment{}, &appsv1.DeploymentList{}, readDeployment, stripDeployment),
	of(workloadKind{group: appsv1.GroupName, kind: "StatefulSet", revisionLabel: appsv1.ControllerRevisionHashLabelKey},
		&appsv1.StatefulSet{}, &appsv1.StatefulSetList{}, readStatefulSet, stripStatefulSet),
	of(workloadKind{group: kruiseApps, kind: "CloneSet", optional: true, revisionLabel: appsv1.ControllerRevisionHashLabelKey},
		&kruiseappsv1alpha1.CloneSet{}, &kruiseappsv1alpha1.CloneSetList{}, readCloneSet, stripCloneSet),
	of(workloadKind{group: kruiseApps, kind: "StatefulSet", optional: true, revisionLabel: appsv1.ControllerRevisionHashLabelKey},
		&kruiseappsv1beta1.StatefulSet{}, &kruiseappsv1beta1.StatefulSetList{}, readAdvancedStatefulSet, stripAdvancedStatefulSet),
	of(workloadKind{group: kruiseApps, kind: "DaemonSet", optional: true, revisionLabel: appsv1.ControllerRevisionHashLabelKey},
		&kruiseappsv1alpha1.DaemonSet{}, &kruiseappsv1alpha1.DaemonSetList{}, readAdvancedDaemonSet, stripAdvancedDaemonSet),
}

// known returns the kind of a workload; false for one that lanes do not know.
func (r Ref) known() (workloadKind, bool) {
	i := slices.IndexFunc(workloadKinds, func(k workloadKind) bool { return k.group == r.Group && k.kind == r.Kind })
	if i < 0 {
		return workloadKind{}, false
	}
	return workloadKinds[i], true
}

// WorkloadKinds are empty objects of the kinds of workloads that are always served.
func WorkloadKinds() []client.Object { return objectsOf(false) }

// OptionalWorkloadKinds are empty objects of those that are served where OpenKruise is installed.
func OptionalWorkloadKinds() []client.Object { return objectsOf(true) }

func objectsOf(optional bool) []client.Object {
	var out []client.Object
	for _, k := range workloadKinds {
		if k.optional == optional {
			out = append(out, k.new())
		}
	}
	return out
}

func (k workloadKind) new() client.Object { return k.object.DeepCopyObject().(client.Object) }

// workloadOf reads an object of one of the kinds; the zero value for any other, and for an object
// without a name.
func workloadOf(o client.Object) Workload {
	for _, k := range workloadKinds {
		if w, ok := k.read(o); ok && o.GetName() != "" {
			w.Ref, w.RevisionLabel = Ref{k.group, k.kind, o.GetName()}, k.revisionLabel
			w.Namespace, w.Created, w.Deleting = o.GetNamespace(), o.GetCreationTimestamp(), Deleting(o)
			w.release = o.GetAnnotations()[annotationInProgressing]
			w.Stable = w.Ref
			if stable := o.GetLabels()[labelCanaryOf]; stable != "" {
				w.Canary, w.Stable = true, Ref{k.group, k.kind, stable}
			}
			return w
		}
	}
	return Workload{}
}
