package rolloutwatch

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// workload is the top of an owner chain, before any group has a say in it.
type workload struct {
	// known: the chain could be followed.
	known bool
	// gone: an owner of the chain does not exist any more.
	gone bool
	ref  workloadRef
	// deployment is the workload where it is one.
	deployment *appsv1.Deployment
}

// owners are the owners of a Service's pods. The pods of one ReplicaSet have
// the same, so each is looked up once.
type owners struct {
	facts   *Facts
	group   lane.Group
	service types.NamespacedName
	seen    map[ownerKey]seenOwner
}

type ownerKey struct {
	workloadRef
	uid types.UID
}

type seenOwner struct {
	workload
	lane.Owner
}

func (o *owners) of(ctx context.Context, pod *corev1.Pod) (seenOwner, error) {
	var key ownerKey
	if c := metav1.GetControllerOf(pod); c != nil {
		key = ownerKey{refOf(c), c.UID}
	}
	if known, ok := o.seen[key]; ok {
		return known, nil
	}
	w, err := o.facts.workload(ctx, pod, o.service.Namespace)
	if err != nil {
		return seenOwner{}, err
	}
	owner, err := o.facts.owner(ctx, w, o.group, o.service)
	if err != nil {
		return seenOwner{}, err
	}
	o.seen[key] = seenOwner{w, owner}
	return o.seen[key], nil
}

// owner is a workload as one Service of a group sees it.
func (f *Facts) owner(ctx context.Context, w workload, group lane.Group, service types.NamespacedName) (lane.Owner, error) {
	owner := lane.Owner{Known: w.known}
	if w.ref.name != "" {
		owner.Workload = w.ref.kind + "/" + w.ref.name
	}
	if !w.known || w.deployment == nil {
		owner.Locked = lane.SelectorKeys(nil)
		return owner, nil
	}
	owner.Locked = lane.SelectorKeys(w.deployment.Spec.Selector)
	var err error
	if owner.LeftBehind, err = f.leftBehind(ctx, w.deployment); err != nil {
		return owner, err
	}
	owner.Release, owner.Canary, err = f.releaseOf(ctx, w.deployment, group, service)
	return owner, err
}

// workload follows a pod's owners to the top.
func (f *Facts) workload(ctx context.Context, pod *corev1.Pod, namespace string) (workload, error) {
	controller := metav1.GetControllerOf(pod)
	if controller == nil {
		return workload{known: true}, nil
	}
	ref := refOf(controller)
	if ref.group != appsv1.GroupName || ref.kind != "ReplicaSet" {
		return workload{known: true, ref: ref}, nil
	}
	replicaSet := replicaSetMeta()
	if w, err := f.read(ctx, namespace, controller, replicaSet); err != nil || !w.known {
		return w, err
	}
	controller = metav1.GetControllerOf(replicaSet)
	if controller == nil {
		return workload{known: true, ref: ref}, nil
	}
	ref = refOf(controller)
	if ref.group != appsv1.GroupName || ref.kind != "Deployment" {
		return workload{known: true, ref: ref}, nil
	}
	deployment := &appsv1.Deployment{}
	w, err := f.read(ctx, namespace, controller, deployment)
	w.ref, w.deployment = ref, deployment
	return w, err
}

// read reads an owner from the cache, and where the cache does not have it,
// live: an object and its owner come through different watches, so either may
// be late. An owner that the API server does not have either is gone.
func (f *Facts) read(ctx context.Context, namespace string, owner *metav1.OwnerReference, obj client.Object) (workload, error) {
	key := types.NamespacedName{Namespace: namespace, Name: owner.Name}
	ok, err := found(ctx, f.Client, key, owner.UID, obj)
	if err != nil || ok || f.Live == nil {
		return workload{known: ok}, wrapOwner(err, owner, namespace)
	}
	ok, err = found(ctx, f.Live, key, owner.UID, obj)
	return workload{known: ok, gone: !ok && err == nil}, wrapOwner(err, owner, namespace)
}

func wrapOwner(err error, owner *metav1.OwnerReference, namespace string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reading %s %s/%s: %w", owner.Kind, namespace, owner.Name, err)
}

func refOf(o *metav1.OwnerReference) workloadRef {
	return workloadRef{schema.FromAPIVersionAndKind(o.APIVersion, o.Kind).Group, o.Kind, o.Name}
}
