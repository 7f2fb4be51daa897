package istio

import (
	"context"
	"fmt"
	"slices"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// The Gateway API's routes with a Service as their parent, which sidecars obey instead of
// VirtualServices. A cluster need not have the kinds.

// +kubebuilder:rbac:groups=gateway.networking.k8s.io,resources=httproutes;grpcroutes,verbs=list;watch

// indexParent finds routes by a Service that is their parent, as "namespace/name".
const indexParent = "lanekeeper.parent"

// OptionalKinds are the Gateway API's routes.
func (*Provider) OptionalKinds() []client.Object {
	return []client.Object{&gatewayv1.HTTPRoute{}, &gatewayv1.GRPCRoute{}}
}

// IndexOptional adds the index of one of OptionalKinds.
func (*Provider) IndexOptional(ctx context.Context, indexer client.FieldIndexer, kind client.Object) error {
	if err := indexer.IndexField(ctx, kind, indexParent, parentIndex); err != nil {
		return fmt.Errorf("indexing %T by %s: %w", kind, indexParent, err)
	}
	return nil
}

// ReadOptional reads one of OptionalKinds from now on.
func (p *Provider) ReadOptional(kind client.Object) {
	switch kind.(type) {
	case *gatewayv1.HTTPRoute:
		p.httpRoutes.Store(true)
	case *gatewayv1.GRPCRoute:
		p.grpcRoutes.Store(true)
	}
}

func parentIndex(obj client.Object) []string {
	var out []string
	for _, parent := range foreign.Parents(obj) {
		out = append(out, parent.String())
	}
	return out
}

// meshRoutesOf are the routes whose parent is a Service, sorted by kind and name.
func (p *Provider) meshRoutesOf(ctx context.Context, r client.Reader, service types.NamespacedName) ([]client.Object, error) {
	var http gatewayv1.HTTPRouteList
	var grpc gatewayv1.GRPCRouteList
	for _, key := range p.keys(service.String()) {
		if p.httpRoutes.Load() {
			if err := p.list(ctx, r, &http, indexParent, key); err != nil {
				return nil, err
			}
		}
		if p.grpcRoutes.Load() {
			if err := p.list(ctx, r, &grpc, indexParent, key); err != nil {
				return nil, err
			}
		}
	}
	return append(childrenOf(service, http.Items), childrenOf(service, grpc.Items)...), nil
}

func childrenOf[T any, P interface {
	*T
	client.Object
}](service types.NamespacedName, routes []T) []client.Object {
	var out []client.Object
	for i := range routes {
		if route := P(&routes[i]); slices.Contains(foreign.Parents(route), service) {
			out = append(out, route)
		}
	}
	slices.SortFunc(out, func(a, b client.Object) int { return lane.CompareKeys(nameOf(a), nameOf(b)) })
	return out
}
