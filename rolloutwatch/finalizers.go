package rolloutwatch

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/api/equality"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	apiv1 "lanekeeper.io/api/v1"
)

// addFinalizer keeps the object until what it put into the mesh has left.
func addFinalizer(ctx context.Context, c client.Client, o client.Object) error {
	return patchFinalizer(ctx, c, o, controllerutil.AddFinalizer)
}

func removeFinalizer(ctx context.Context, c client.Client, o client.Object) error {
	return client.IgnoreNotFound(patchFinalizer(ctx, c, o, controllerutil.RemoveFinalizer))
}

// patchFinalizer sends the list of finalizers with the version that it was read
// in: a list is replaced as a whole, and others have finalizers too.
func patchFinalizer(ctx context.Context, c client.Client, o client.Object, change func(client.Object, string) bool) error {
	before := o.DeepCopyObject().(client.Object)
	if !change(o, apiv1.FinalizerLanes) {
		return nil
	}
	patch := client.MergeFromWithOptions(before, client.MergeFromWithOptimisticLock{})
	if err := c.Patch(ctx, o, patch); err != nil {
		return fmt.Errorf("changing the finalizers of %s: %w", o.GetName(), err)
	}
	return nil
}

// writeStatus writes a status that differs from the one that the object has.
func writeStatus[S any](ctx context.Context, c client.Client, o client.Object, was *S, is S) error {
	if equality.Semantic.DeepEqual(*was, is) {
		return nil
	}
	*was = is
	if err := c.Status().Update(ctx, o); err != nil {
		return fmt.Errorf("writing the status of %s: %w", o.GetName(), err)
	}
	return nil
}
