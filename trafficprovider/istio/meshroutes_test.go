package istio_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
)

// The kinds are optional: a route counts once its kind can be read.
func TestARouteOfTheGatewayAPIKeepsUsOut(t *testing.T) {
	of := func(name string) gatewayv1.CommonRouteSpec {
		core, service := gatewayv1.Group(""), gatewayv1.Kind("Service")
		return gatewayv1.CommonRouteSpec{ParentRefs: []gatewayv1.ParentReference{{Group: &core, Kind: &service, Name: gatewayv1.ObjectName(name)}}}
	}
	for name, tc := range map[string]struct {
		route, kind client.Object
		keepsOut    bool
	}{
		"HTTPRoute":    {&gatewayv1.HTTPRoute{Spec: gatewayv1.HTTPRouteSpec{CommonRouteSpec: of("mockb")}}, &gatewayv1.HTTPRoute{}, true},
		"GRPCRoute":    {&gatewayv1.GRPCRoute{Spec: gatewayv1.GRPCRouteSpec{CommonRouteSpec: of("mockb")}}, &gatewayv1.GRPCRoute{}, true},
		"not followed": {&gatewayv1.HTTPRoute{Spec: gatewayv1.HTTPRouteSpec{CommonRouteSpec: of("mockb")}}, &gatewayv1.GRPCRoute{}, false},
		"of another":   {&gatewayv1.HTTPRoute{Spec: gatewayv1.HTTPRouteSpec{CommonRouteSpec: of("mockc")}}, &gatewayv1.HTTPRoute{}, false},
	} {
		tc.route.SetNamespace("default")
		tc.route.SetName("theirs")
		provider, scheme := istio.New(settle), runtime.NewScheme()
		require.NoError(t, provider.AddToScheme(scheme))
		provider.ReadOptional(tc.kind)
		c := fake.NewClientBuilder().WithScheme(scheme).WithObjects(tc.route).Build()
		live, err := provider.Live(t.Context(), c, groupName, key("default/mockb"))
		require.NoError(t, err)
		plan := servicePlan{Service: "default/mockb", Baseline: map[string]map[string]string{"base": {"tag": "base"}}}.plan()
		step, err := provider.Translate(plan, live, trafficprovider.Cached, t0)
		require.NoError(t, err)
		assert.Equal(t, tc.keepsOut, len(step.Writes) == 0, name)
		if tc.keepsOut {
			require.NotNil(t, step.Problem)
			assert.Equal(t, apiv1.ReasonConflict, step.Problem.Reason)
			assert.Contains(t, step.Problem.Message, "Route default/theirs")
		}
		impact, err := provider.ImpactOf(t.Context(), tc.route)
		require.NoError(t, err)
		assert.Len(t, impact.Services, 1, "who is looked at again")
		assert.Empty(t, impact.Groups)
	}
}
