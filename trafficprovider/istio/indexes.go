package istio

import (
	"context"
	"fmt"
	"reflect"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// Field indexes of the cache. With them our ingresses, and foreign objects that
// concern a Service or a Gateway, are found without reading all objects.
const (
	// indexHost finds DestinationRules, and VirtualServices in the mesh, by a
	// host; wildcards by themselves.
	indexHost = "lanekeeper.host"
	// indexGateway finds VirtualServices by a Gateway, as "namespace/name".
	indexGateway = "lanekeeper.gateway"
	// indexWorkload finds Gateways by a label of their selector and a host of their
	// servers.
	indexWorkload = "lanekeeper.workload"
	// indexIngress finds our ingresses. There is one per group, and every look at a
	// Service asks for them.
	indexIngress = "lanekeeper.entry"
)

// SetUp adds the indexes and lets the provider look foreign objects up in the
// cache, always: the API server knows no such indexes, and what somebody else
// creates a moment later is found when the cache sees it. Without SetUp, and
// where the API server does not know Istio, all objects are listed each time.
func (p *Provider) SetUp(ctx context.Context, indexer client.FieldIndexer, cache client.Reader) error {
	for _, i := range []struct {
		object client.Object
		field  string
		values client.IndexerFunc
	}{
		{&networkingv1.DestinationRule{}, indexHost, hostIndex},
		{&networkingv1.VirtualService{}, indexHost, hostIndex},
		{&networkingv1.VirtualService{}, indexGateway, gatewayIndex},
		{&networkingv1.Gateway{}, indexWorkload, workloadIndex},
		{&networkingv1.VirtualService{}, indexIngress, ingressIndex},
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

// isCache reports whether a reader is the cache with the indexes. The API server
// knows none.
func (p *Provider) isCache(r client.Reader) bool {
	return p.cache != nil && reflect.TypeOf(r).Comparable() && r == p.cache
}

// ingressIndex is the value of indexIngress, the same for all of our ingresses.
func ingressIndex(obj client.Object) []string {
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

// workloadIndex is the value of indexWorkload.
func workloadIndex(obj client.Object) []string {
	if gateway, ok := obj.(*networkingv1.Gateway); ok {
		return foreign.WorkloadKeys(gateway)
	}
	return nil
}
