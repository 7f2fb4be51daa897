package trafficprovider

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
)

// Objects counts a group's objects in the mesh. Zero is counted in the API server: a
// finalizer depends on it, and the cache may not have the last write. What has the group's
// labels in a namespace that is not of the group does not count: its owner could keep the
// group from ever going.
func (a *Applier) Objects(ctx context.Context, group string) (int, error) {
	n, err := a.count(ctx, a.Client, group)
	if err == nil && n == 0 {
		n, err = a.count(ctx, a.Reader, group)
	}
	if err != nil {
		return 0, fmt.Errorf("counting the traffic objects of group %s: %w", group, err)
	}
	return n, nil
}

func (a *Applier) count(ctx context.Context, r client.Reader, group string) (int, error) {
	namespaces, err := NamespacesOf(ctx, r, group)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, object := range a.Provider.OwnedKinds() {
		list, err := a.listOf(object)
		if err != nil {
			return 0, err
		}
		err = r.List(ctx, list, client.MatchingLabels{apiv1.LabelSwimLaneGroup: group}, client.UnsafeDisableDeepCopy)
		if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
			continue // the mesh itself is gone, and its kinds with it
		}
		if err != nil {
			return 0, err
		}
		err = meta.EachListItem(list, func(item runtime.Object) error {
			object := item.(client.Object)
			if owner, ok := a.Provider.OwnerOf(object); ok && owner.Group == group && owner.within(namespaces, object.GetNamespace()) {
				n++
			}
			return nil
		})
		if err != nil {
			return 0, err
		}
	}
	return n, nil
}

func (a *Applier) listOf(object client.Object) (client.ObjectList, error) {
	gvk, err := a.Client.GroupVersionKindFor(object)
	if err != nil {
		return nil, fmt.Errorf("finding the kind of %T: %w", object, err)
	}
	gvk.Kind += "List"
	list, err := a.Client.Scheme().New(gvk)
	if err != nil {
		return nil, fmt.Errorf("making a list of %T: %w", object, err)
	}
	return list.(client.ObjectList), nil
}
