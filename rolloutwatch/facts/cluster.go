package facts

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Cluster reads the cluster, from the caches unless a method says otherwise. It is safe
// for concurrent use, and does not change the objects that it reads.
type Cluster struct {
	// Cache is read. It needs the indexes that SetupWithManager adds.
	Cache client.Reader
	// API reads the API server. It is used where it matters that a cache may be behind:
	// for the owner of a pod, and for what is about to be withdrawn. Without it an owner
	// that is not cached is unknown, and withdrawals go by the cache.
	API client.Reader
	// Mesh knows which markers new pods may carry, and what settings mean;
	// without it they may carry all, and requests to every port follow lanes.
	Mesh Mesh

	registries registryCache
	optional   optionalKinds
}

// Mesh is what the facts of pods and Services depend on in a mesh
// (trafficprovider.Marking).
type Mesh interface {
	// Marking returns what a Service's objects say of the markers of its pods, for those of the
	// lanes. It reads the cache.
	Marking(ctx context.Context, key lane.GroupService, lanes []lane.Lane) (lane.Marking, error)
	// Records returns which revisions of a Service's workloads are on record as the baseline's. It
	// reads the cache.
	Records(ctx context.Context, key lane.GroupService) (lane.Records, error)
	// ReadService returns what a Service's settings, and the annotations of its namespace,
	// mean for lanes.
	ReadService(service *corev1.Service, namespace map[string]string) lane.Settings
	// ReadPod returns what a pod's settings mean for lanes; empty for nothing. The
	// annotations are those that the cache keeps.
	ReadPod(pod *corev1.Pod) string
}

// SetupWithManager adds the indexes and starts the watches that a Cluster reads
// through. Every replica that serves the webhook needs it.
func (c *Cluster) SetupWithManager(ctx context.Context, mgr ctrl.Manager) error {
	if err := AddIndexes(ctx, mgr.GetFieldIndexer()); err != nil {
		return err
	}
	for _, o := range append([]client.Object{&corev1.Pod{}, replicaSetMeta(), NamespaceMeta()}, WorkloadKinds()...) {
		if _, err := mgr.GetCache().GetInformer(ctx, o); err != nil {
			return fmt.Errorf("watching %T: %w", o, err)
		}
	}
	if err := c.registries.watch(ctx, mgr.GetCache()); err != nil {
		return err
	}
	return c.watchOptional(ctx, mgr)
}

// Get reads an object from the cache and reports whether it exists. The object must not
// be changed: it shares memory with the cache.
func (c *Cluster) Get(ctx context.Context, key types.NamespacedName, obj client.Object) (bool, error) {
	return found(ctx, c.Cache, key, "", obj)
}

// Group reads a copy of a group, which the caller may change; false when there is none.
func (c *Cluster) Group(ctx context.Context, name string) (*apiv1.ASMSwimLaneGroup, bool, error) {
	var group apiv1.ASMSwimLaneGroup
	ok, err := exists(c.Cache.Get(ctx, client.ObjectKey{Name: name}, &group))
	return &group, ok, err
}

// Lane reads a copy of a lane, which the caller may change; false when there is none.
func (c *Cluster) Lane(ctx context.Context, name string) (*apiv1.ASMSwimLane, bool, error) {
	var l apiv1.ASMSwimLane
	ok, err := exists(c.Cache.Get(ctx, client.ObjectKey{Name: name}, &l))
	return &l, ok, err
}

func exists(err error) (bool, error) { return err == nil, client.IgnoreNotFound(err) }

// found reads an object and reports whether it exists and has the uid; an empty uid
// stands for any. The object must not be changed: it shares memory with the cache.
func found(ctx context.Context, r client.Reader, key types.NamespacedName, uid types.UID, obj client.Object) (bool, error) {
	err := r.Get(ctx, key, obj, client.UnsafeDisableDeepCopy)
	if apierrors.IsNotFound(err) {
		return false, nil
	}
	return err == nil && (uid == "" || obj.GetUID() == uid), err
}

// Deleting reports whether an object is being deleted.
func Deleting(o client.Object) bool { return !o.GetDeletionTimestamp().IsZero() }
