package facts

import (
	"context"
	"fmt"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// chain is the chain of a pod's owners, whatever group the pod is of.
type chain struct {
	// known is set when it could be followed to its end.
	known bool
	// gone is set when an owner in it does not exist any more.
	gone bool
	// top is the last owner's name; empty for a bare pod.
	top Ref
	// workload is that owner if its kind is cached.
	workload Workload
}

// owners are those of a Service's pods. The pods of one ReplicaSet have the same,
// so each is looked up once.
type owners struct {
	cluster *Cluster
	group   lane.Group
	service types.NamespacedName
	seen    map[ownerKey]seenOwner
}

type ownerKey struct {
	Ref
	uid types.UID
}

type seenOwner struct {
	chain
	lane.Owner
}

// of returns the owner of a pod.
func (o *owners) of(ctx context.Context, pod *corev1.Pod) (seenOwner, error) {
	var key ownerKey
	if c := metav1.GetControllerOf(pod); c != nil {
		key = ownerKey{refOfOwner(c), c.UID}
	}
	seen, ok := o.seen[key]
	if !ok {
		var err error
		if seen.chain, err = o.cluster.chainOf(ctx, pod, o.service.Namespace); err != nil {
			return seenOwner{}, err
		}
		if seen.Owner, err = o.cluster.owner(ctx, seen.chain, o.group, o.service); err != nil {
			return seenOwner{}, err
		}
		o.seen[key] = seen
	}
	seen.Owner = ofRevision(seen.chain, seen.Owner, pod.Labels)
	return seen, nil
}

// owner is the top of a chain as one Service of a group sees it, without what
// depends on the pod's revision.
func (c *Cluster) owner(ctx context.Context, ch chain, group lane.Group, service types.NamespacedName) (lane.Owner, error) {
	owner := lane.Owner{Known: ch.known}
	if ch.top.Name != "" {
		owner.Workload = ch.top.short()
	}
	if !ch.known || !ch.workload.Exists() {
		owner.Locked = lane.SelectorKeys(nil)
		return owner, nil
	}
	owner.Locked = lane.SelectorKeys(ch.workload.Selector)
	var err error
	if owner.LeftBehind, err = c.leftBehind(ctx, ch.workload); err != nil {
		return owner, err
	}
	owner.Release, owner.Earlier, err = c.releaseOf(ctx, ch.workload, group, service)
	return owner, err
}

// ofRevision completes an owner with what depends on the pod's own revision: one workload
// may have pods of both versions. In the canary style Kruise releases in a workload of its own, all of
// whose pods are of the new version, and all of the stable one's are not: the stable one's template has
// changed already, but it is paused.
func ofRevision(ch chain, owner lane.Owner, labels map[string]string) lane.Owner {
	owner.Canary = owner.Release != nil && ch.workload.Canary
	owner.Revision = ch.workload.RevisionOf(labels)
	return owner
}

// chainOf follows a pod's owners to the top.
func (c *Cluster) chainOf(ctx context.Context, pod *corev1.Pod, namespace string) (chain, error) {
	controller := metav1.GetControllerOf(pod)
	if controller == nil {
		return chain{known: true}, nil
	}
	ref := refOfOwner(controller)
	if ref.Group == appsv1.GroupName && ref.Kind == "ReplicaSet" {
		replicaSet := replicaSetMeta()
		if ch, err := c.readOwner(ctx, namespace, controller, replicaSet); err != nil || !ch.known {
			return ch, err
		}
		if controller = metav1.GetControllerOf(replicaSet); controller == nil {
			return chain{known: true, top: ref}, nil
		}
		ref = refOfOwner(controller)
	}
	k, ok := ref.known()
	if !ok || !c.reads(k) {
		return chain{known: true, top: ref}, nil
	}
	workload := k.new()
	ch, err := c.readOwner(ctx, namespace, controller, workload)
	ch.top, ch.workload = ref, workloadOf(workload)
	return ch, err
}

// readOwner reads an owner from the cache, and where the cache does not have it,
// from the API server: an object and its owner come through different watches, so
// either may be late. An owner that the API server does not have either is gone.
func (c *Cluster) readOwner(ctx context.Context, namespace string, owner *metav1.OwnerReference, obj client.Object) (chain, error) {
	key := types.NamespacedName{Namespace: namespace, Name: owner.Name}
	ok, err := found(ctx, c.Cache, key, owner.UID, obj)
	if err != nil || ok || c.API == nil {
		return chain{known: ok}, wrapOwner(err, owner, namespace)
	}
	ok, err = found(ctx, c.API, key, owner.UID, obj)
	return chain{known: ok, gone: !ok && err == nil}, wrapOwner(err, owner, namespace)
}

func wrapOwner(err error, owner *metav1.OwnerReference, namespace string) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("reading %s %s/%s: %w", owner.Kind, namespace, owner.Name, err)
}

// replicaSetMeta is an empty ReplicaSet as the cache knows it.
func replicaSetMeta() *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"}}
}
