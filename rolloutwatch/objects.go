package rolloutwatch

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/trafficprovider"
)

// trafficObjects counts what a group has in the mesh.
type trafficObjects struct {
	cache    client.Reader
	live     client.Reader
	provider trafficprovider.Provider
	scheme   *runtime.Scheme
}

// of counts a group's objects. Zero is the API server's word: a finalizer
// depends on it, and the cache may not have seen the last write.
func (t trafficObjects) of(ctx context.Context, group string) (int, error) {
	n, err := t.count(ctx, t.cache, group)
	if err != nil || n > 0 {
		return n, err
	}
	return t.count(ctx, t.live, group)
}

func (t trafficObjects) count(ctx context.Context, r client.Reader, group string) (int, error) {
	n := 0
	for _, object := range t.provider.Watched() {
		list, err := t.listOf(object)
		if err != nil {
			return 0, err
		}
		err = r.List(ctx, list, client.MatchingLabels{apiv1.LabelSwimLaneGroup: group}, client.UnsafeDisableDeepCopy)
		if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
			continue // the mesh itself is gone, and its kinds with it
		}
		if err != nil {
			return 0, fmt.Errorf("listing the traffic objects of group %s: %w", group, err)
		}
		err = meta.EachListItem(list, func(item runtime.Object) error {
			if concern, ok := t.provider.Concerns(item.(client.Object)); ok && concern.Group == group {
				n++
			}
			return nil
		})
		if err != nil {
			return 0, fmt.Errorf("listing the traffic objects of group %s: %w", group, err)
		}
	}
	return n, nil
}

func (t trafficObjects) listOf(object client.Object) (client.ObjectList, error) {
	gvk, err := apiutil.GVKForObject(object, t.scheme)
	if err != nil {
		return nil, fmt.Errorf("the kind of %T: %w", object, err)
	}
	gvk.Kind += "List"
	list, err := t.scheme.New(gvk)
	if err != nil {
		return nil, fmt.Errorf("the list of %T: %w", object, err)
	}
	return list.(client.ObjectList), nil
}
