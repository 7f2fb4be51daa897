package istio

import (
	"context"
	"fmt"
	"reflect"
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/foreign"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// Field indexes of the cache: our entries, and the objects of others that concern
// a Service or a Gateway, are found without looking at all there are.
const (
	// indexHost finds DestinationRules, and VirtualServices in the mesh, by a
	// host; wildcards by themselves.
	indexHost = "lanekeeper.host"
	// indexGateway finds VirtualServices by a Gateway, as "namespace/name".
	indexGateway = "lanekeeper.gateway"
	// indexEntry finds our entries. There is one per group, and every look at a
	// Service asks for them.
	indexEntry = "lanekeeper.entry"
)

// UseCache adds the indexes and lets the provider look others' objects up in the
// cache, always: the API server knows no such indexes, and what somebody else
// creates a moment later is found when the cache sees it. Without UseCache, and
// where the API server does not know Istio, all objects are listed each time.
func (p *Provider) UseCache(ctx context.Context, indexer client.FieldIndexer, cache client.Reader) error {
	for _, i := range []struct {
		object client.Object
		field  string
		values client.IndexerFunc
	}{
		{&networkingv1.DestinationRule{}, indexHost, hostIndex},
		{&networkingv1.VirtualService{}, indexHost, hostIndex},
		{&networkingv1.VirtualService{}, indexGateway, gatewayIndex},
		{&networkingv1.VirtualService{}, indexEntry, entryIndex},
	} {
		err := indexer.IndexField(ctx, i.object, i.field, i.values)
		if meta.IsNoMatchError(err) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("indexing %T by %s: %w", i.object, i.field, err)
		}
	}
	p.cache = cache
	return nil
}

// isCache says whether a reader is the cache with the indexes. The API server
// knows none.
func (p *Provider) isCache(r client.Reader) bool {
	return p.cache != nil && reflect.TypeOf(r).Comparable() && r == p.cache
}

// entryIndex is the value of indexEntry, the same for all of our entries.
func entryIndex(obj client.Object) []string {
	if labels := obj.GetLabels(); labels[apiv1.LabelManagedBy] == apiv1.ManagedBy && labels[apiv1.LabelEntry] == "true" {
		return []string{apiv1.ManagedBy}
	}
	return nil
}

// hostIndex is the value of indexHost.
func hostIndex(obj client.Object) []string { return foreign.Hosts(obj) }

// gatewayIndex is the value of indexGateway.
func gatewayIndex(obj client.Object) []string {
	vs, ok := obj.(*networkingv1.VirtualService)
	if !ok {
		return nil
	}
	var out []string
	for _, gateway := range foreign.Gateways(vs) {
		out = append(out, gateway.String())
	}
	return out
}

// foreignObjects may speak for a Service and are not the group's own; sorted by
// name.
type foreignObjects struct {
	rules  []*networkingv1.DestinationRule
	routes []*networkingv1.VirtualService
}

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
	return out, nil
}

// foreignOnGateway are the VirtualServices on a Gateway that are not the group's.
func (p *Provider) foreignOnGateway(ctx context.Context, r client.Reader, group string, gateway types.NamespacedName) ([]*networkingv1.VirtualService, error) {
	list := &networkingv1.VirtualServiceList{}
	for _, key := range p.keys(gateway.String()) {
		if err := p.list(ctx, r, list, indexGateway, key); err != nil {
			return nil, err
		}
	}
	out := slices.DeleteFunc(list.Items, func(vs *networkingv1.VirtualService) bool {
		return groupOf(vs) == group || !slices.Contains(foreign.Gateways(vs), gateway)
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
