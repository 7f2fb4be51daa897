package istio

import (
	"context"
	"fmt"
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/foreign"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// listIngresses returns the ingress objects that carry our labels, those of the
// selector, and the name that goes with them. They are the cache's own: copy before
// changing. Not all need be their group's (ownIngresses).
func (p *Provider) listIngresses(ctx context.Context, r client.Reader, selector client.MatchingLabels) ([]*networkingv1.VirtualService, error) {
	list := &networkingv1.VirtualServiceList{}
	marks := client.MatchingLabels{apiv1.LabelManagedBy: apiv1.ManagedBy, apiv1.LabelEntry: "true"}
	options := []client.ListOption{marks, selector, client.UnsafeDisableDeepCopy}
	if p.isCache(r) {
		options = append(options, client.MatchingFields{indexIngress: apiv1.ManagedBy})
	}
	if err := r.List(ctx, list, options...); err != nil {
		return nil, fmt.Errorf("list entry VirtualServices: %w", err)
	}
	out := slices.DeleteFunc(list.Items, func(vs *networkingv1.VirtualService) bool {
		_, ok := ownerOf(vs)
		return !ok
	})
	slices.SortFunc(out, func(a, b *networkingv1.VirtualService) int { return lane.CompareKeys(nameOf(a), nameOf(b)) })
	return out, nil
}

// foreignObjects may speak for a Service and are not the group's own; sorted by
// name.
type foreignObjects struct {
	rules  []*networkingv1.DestinationRule
	routes []*networkingv1.VirtualService
	// meshRoutes are the Gateway API's.
	meshRoutes []client.Object
	// sidecars are for clients in the namespaces of the group's Services.
	sidecars []*networkingv1.Sidecar
	// callers are the namespaces of the group's Services; none where there are no sidecars.
	callers []string
}

// foreignFor are the objects of others that may speak for a Service.
func (p *Provider) foreignFor(ctx context.Context, r client.Reader, group string, service types.NamespacedName) (foreignObjects, error) {
	var out foreignObjects
	host := hostname.Of(service)
	for _, key := range p.keys(append(hostname.Wildcards(host), host)...) {
		rules := &networkingv1.DestinationRuleList{}
		routes := &networkingv1.VirtualServiceList{}
		if err := p.list(ctx, r, rules, indexHost, key); err != nil {
			return out, err
		}
		if err := p.list(ctx, r, routes, indexHost, key); err != nil {
			return out, err
		}
		out.rules, out.routes = append(out.rules, rules.Items...), append(out.routes, routes.Items...)
	}
	out.rules, out.routes = notOurs(out.rules, group, service), notOurs(out.routes, group, service)
	var err error
	if out.meshRoutes, err = p.meshRoutesOf(ctx, r, service); err != nil {
		return out, err
	}
	if out.sidecars, err = p.sidecarsOf(ctx, r, group, service); err != nil || len(out.sidecars) == 0 {
		return out, err
	}
	if p.cache != nil {
		r = p.cache
	}
	namespaces, err := trafficprovider.NamespacesOf(ctx, r, group)
	out.callers = namespaces.Services
	return out, err
}

// chainOf is where the requests of a Service's group come from. It is asked only where
// some object of another namespace speaks for the Service, which is rare.
func (p *Provider) chainOf(ctx context.Context, r client.Reader, group string, service types.NamespacedName, found foreignObjects) (foreign.Chain, error) {
	elsewhere := func(obj client.Object) bool { return obj.GetNamespace() != service.Namespace }
	chain := foreign.Chain{service.Namespace}
	if !slices.ContainsFunc(found.rules, func(o *networkingv1.DestinationRule) bool { return elsewhere(o) }) &&
		!slices.ContainsFunc(found.routes, func(o *networkingv1.VirtualService) bool { return elsewhere(o) }) &&
		!slices.ContainsFunc(found.meshRoutes, elsewhere) {
		return chain, nil
	}
	if p.cache != nil {
		r = p.cache
	}
	namespaces, err := trafficprovider.NamespacesOf(ctx, r, group)
	return append(append(chain, namespaces.Services...), namespaces.Ingress...), err
}

// foreignOnGateway are the VirtualServices on a Gateway that are not the group's.
func (p *Provider) foreignOnGateway(ctx context.Context, r client.Reader, group string, gateway types.NamespacedName) ([]*networkingv1.VirtualService, error) {
	all, err := p.onGateway(ctx, r, gateway)
	return slices.DeleteFunc(all, func(vs *networkingv1.VirtualService) bool { return groupOnGateway(vs, gateway) == group }), err
}

// onGateway are the VirtualServices on a Gateway, sorted by name.
func (p *Provider) onGateway(ctx context.Context, r client.Reader, gateway types.NamespacedName) ([]*networkingv1.VirtualService, error) {
	list := &networkingv1.VirtualServiceList{}
	for _, key := range p.keys(gateway.String()) {
		if err := p.list(ctx, r, list, indexGateway, key); err != nil {
			return nil, err
		}
	}
	out := slices.DeleteFunc(list.Items, func(vs *networkingv1.VirtualService) bool {
		return !slices.Contains(foreign.Gateways(vs), gateway)
	})
	slices.SortFunc(out, func(a, b *networkingv1.VirtualService) int { return lane.CompareKeys(nameOf(a), nameOf(b)) })
	return out, nil
}

// keys are what to look up; without a cache one look sees everything.
func (p *Provider) keys(all ...string) []string {
	if p.cache == nil {
		return []string{""}
	}
	return all
}

func (p *Provider) list(ctx context.Context, r client.Reader, into client.ObjectList, field, key string) error {
	options := []client.ListOption{client.UnsafeDisableDeepCopy}
	if p.cache != nil {
		r, options = p.cache, append(options, client.MatchingFields{field: key})
	}
	if err := r.List(ctx, into, options...); err != nil {
		return fmt.Errorf("list others' objects by %s %s: %w", field, key, err)
	}
	return nil
}

// notOurs leaves the group's own object out, and each other once; sorted by name.
func notOurs[T client.Object](objects []T, group string, service types.NamespacedName) []T {
	objects = slices.DeleteFunc(objects, func(o T) bool { return isOurs(o, group, service) })
	slices.SortFunc(objects, func(a, b T) int { return lane.CompareKeys(nameOf(a), nameOf(b)) })
	return slices.CompactFunc(objects, func(a, b T) bool { return nameOf(a) == nameOf(b) })
}
