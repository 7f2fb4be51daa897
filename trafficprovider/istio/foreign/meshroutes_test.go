package foreign

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"
)

func TestParentsAreServices(t *testing.T) {
	for written, want := range map[string][]types.NamespacedName{
		`[{group: "", kind: Service, name: mockb}]`:                        {{Namespace: "shop", Name: "mockb"}},
		`[{group: "", kind: Service, name: mockb, namespace: default}]`:    {{Namespace: "default", Name: "mockb"}},
		`[{group: "", kind: Service, name: mockb, port: 8000}, {name: g}]`: {{Namespace: "shop", Name: "mockb"}},
		`[{name: gateway}]`:                                                 nil, // the kind is Gateway where nothing is said
		`[{kind: Service, name: of-another-group}]`:                         nil,
		`[{group: networking.istio.io, kind: ServiceEntry, name: outside}]`: nil,
	} {
		var route gatewayv1.HTTPRoute
		require.NoError(t, yaml.UnmarshalStrict([]byte("metadata: {name: r, namespace: shop}\nspec: {parentRefs: "+written+"}"), &route))
		assert.Equal(t, want, Parents(&route), written)
		assert.Equal(t, want, Parents(&gatewayv1.GRPCRoute{ObjectMeta: route.ObjectMeta, Spec: gatewayv1.GRPCRouteSpec{CommonRouteSpec: route.Spec.CommonRouteSpec}}), written)
	}
	assert.Empty(t, Parents(&gatewayv1.Gateway{}))
}

func TestWhatARouteOfTheGatewayAPIDoes(t *testing.T) {
	http := func(namespace string) *gatewayv1.HTTPRoute {
		route := &gatewayv1.HTTPRoute{}
		route.Namespace, route.Name = namespace, "theirs"
		return route
	}
	grpc := &gatewayv1.GRPCRoute{}
	grpc.Namespace, grpc.Name = mockb.Namespace, "theirs"
	chain := Chain{mockb.Namespace, "edge"}
	for name, tc := range map[string]struct {
		finding       *Finding
		before, after string
		says          string
	}{
		"the Service's own":         {CheckMeshRoute(http(mockb.Namespace), mockb, chain), stayOut, problem, "HTTPRoute default/theirs (parent Service mockb) takes the place of ours"},
		"of gRPC":                   {CheckMeshRoute(grpc, mockb, chain), stayOut, problem, "GRPCRoute default/theirs"},
		"of clients of the group":   {CheckMeshRoute(http("edge"), mockb, chain), problem, problem, "for clients in namespace edge"},
		"of clients of nobody here": {CheckMeshRoute(http("shop"), mockb, chain), note, note, "for clients in namespace shop: they do not follow lanes"},
	} {
		assert.Equal(t, tc.before, outcomeOf(tc.finding, false), name)
		assert.Equal(t, tc.after, outcomeOf(tc.finding, true), name)
		assert.Contains(t, conflictOf([]Finding{*tc.finding}).Message, tc.says)
	}
}
