package istio

import (
	"context"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// An ingress with a group's name and labels is the group's where the group has or had
// its Gateway. The labels alone would let whoever has any namespace make one: it would
// count as taken over, and keep lanes, subsets and the group from ever going.

// ownIngresses tells the ingresses that are in a namespace of their group from strays.
// They were read before their groups are, and a group knows of a namespace before it has
// an ingress there. Of a group that does not exist all are its own where it is asked
// about itself, so that what it left is withdrawn in order, but for those that are
// deleted and stay: ours have no finalizer. To others they are strays.
func ownIngresses(ctx context.Context, r client.Reader, all []*networkingv1.VirtualService, asking string) (own, strays []*networkingv1.VirtualService, err error) {
	known := map[string]lane.Namespaces{}
	for _, vs := range all {
		group := vs.Labels[apiv1.LabelGroup]
		namespaces, ok := known[group]
		if !ok {
			if namespaces, err = trafficprovider.NamespacesOf(ctx, r, group); err != nil {
				return nil, nil, err
			}
			known[group] = namespaces
		}
		left := group == asking && vs.DeletionTimestamp.IsZero()
		if namespaces.OfIngress(vs.Namespace) && (left || !namespaces.Anywhere) {
			own = append(own, vs)
		} else {
			strays = append(strays, vs)
		}
	}
	return own, strays, nil
}
