package istio

import (
	"context"
	"fmt"
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// Sidecars say which Services clients know of. Those matter that clients of the group have:
// in the namespaces of its Services, and Istio's own where a namespace has none for all.

// sidecarsOf are the Sidecars of the group's clients, sorted by namespace and name.
func (p *Provider) sidecarsOf(ctx context.Context, r client.Reader, group string, service types.NamespacedName) ([]*networkingv1.Sidecar, error) {
	if p.cache != nil {
		r = p.cache
	}
	of, err := trafficprovider.NamespacesOf(ctx, r, group)
	if err != nil {
		return nil, err
	}
	namespaces := append(slices.Clone(of.Services), service.Namespace)
	slices.Sort(namespaces)
	var out []*networkingv1.Sidecar
	inherit := false
	for _, namespace := range slices.Compact(namespaces) {
		own, err := sidecarsIn(ctx, r, namespace)
		if err != nil {
			return nil, err
		}
		inherit = inherit || !slices.ContainsFunc(own, isForAll)
		out = append(out, own...)
	}
	if !inherit || slices.Contains(namespaces, foreign.RootNamespace) {
		return out, nil
	}
	root, err := sidecarsIn(ctx, r, foreign.RootNamespace)
	return append(out, slices.DeleteFunc(root, func(s *networkingv1.Sidecar) bool { return !isForAll(s) })...), err
}

func isForAll(s *networkingv1.Sidecar) bool { return s.Spec.WorkloadSelector == nil }

func sidecarsIn(ctx context.Context, r client.Reader, namespace string) ([]*networkingv1.Sidecar, error) {
	var list networkingv1.SidecarList
	if err := r.List(ctx, &list, client.InNamespace(namespace), client.UnsafeDisableDeepCopy); err != nil {
		return nil, fmt.Errorf("list Sidecars of namespace %s: %w", namespace, err)
	}
	slices.SortFunc(list.Items, func(a, b *networkingv1.Sidecar) int { return lane.CompareKeys(nameOf(a), nameOf(b)) })
	return list.Items, nil
}
