package rolloutwatch

import (
	"context"
	"fmt"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// addFinalizer keeps the object until the mesh has nothing of it any more.
func addFinalizer(ctx context.Context, c client.Client, o client.Object) error {
	return patchFinalizer(ctx, c, o, controllerutil.AddFinalizer)
}

func removeFinalizer(ctx context.Context, c client.Client, o client.Object) error {
	return client.IgnoreNotFound(patchFinalizer(ctx, c, o, controllerutil.RemoveFinalizer))
}

// patchFinalizer sends the list of finalizers with the resourceVersion that it was read
// in: a merge patch replaces the whole list, and others have finalizers, too.
func patchFinalizer(ctx context.Context, c client.Client, o client.Object, change func(client.Object, string) bool) error {
	before := o.DeepCopyObject().(client.Object)
	if !change(o, apiv1.FinalizerLanes) {
		return nil
	}
	return patchFrom(ctx, c, before, o)
}

// claim adds the group's finalizer and writes down in which namespaces it has objects,
// before it has an entry in one. Both must outlive any edit of the spec.
func claim(ctx context.Context, c client.Client, group *apiv1.ASMSwimLaneGroup) error {
	before := group.DeepCopy()
	finalizer := controllerutil.AddFinalizer(group, apiv1.FinalizerLanes)
	if record := lane.NamespacesOf(group).Record(group); !finalizer && !record {
		return nil
	}
	return patchFrom(ctx, c, before, group)
}

func patchFrom(ctx context.Context, c client.Client, before, o client.Object) error {
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := c.Patch(ctx, o, patch); err != nil {
		return fmt.Errorf("changing the finalizers or annotations of %s: %w", o.GetName(), err)
	}
	return nil
}
