package trafficprovider

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// NamespacesOf reads from a group in which namespaces its objects are. A provider takes
// no other object for the group's, whatever its name and its labels say: whoever may
// write there may not write groups. It asks the reader of the objects: a cache that is
// behind knows neither of a Gateway's new namespace.
func NamespacesOf(ctx context.Context, r client.Reader, group string) (lane.Namespaces, error) {
	var g apiv1.ASMSwimLaneGroup
	err := r.Get(ctx, client.ObjectKey{Name: group}, &g, client.UnsafeDisableDeepCopy)
	if apierrors.IsNotFound(err) || meta.IsNoMatchError(err) {
		return lane.Namespaces{Anywhere: true}, nil
	}
	if err != nil {
		return lane.Namespaces{}, fmt.Errorf("reading the namespaces of group %s: %w", group, err)
	}
	return lane.NamespacesOf(&g), nil
}

// within reports whether an object of the owner can be his in that namespace.
func (o Owner) within(n lane.Namespaces, namespace string) bool {
	if o.OfMesh {
		return true
	}
	if o.OfNamespace {
		return n.OfService(namespace)
	}
	if o.Service.Name == "" {
		return n.OfIngress(namespace)
	}
	return n.OfService(namespace)
}
