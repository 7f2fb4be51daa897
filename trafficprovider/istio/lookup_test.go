package istio

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

var mockb = types.NamespacedName{Namespace: "default", Name: "mockb"}

// indexes collects what SetUp adds, for a fake cache to be made with.
type indexes struct{ *fake.ClientBuilder }

func (i indexes) IndexField(_ context.Context, o client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(o, field, values)
	return nil
}

// cached is a provider whose cache has the objects.
func cached(t *testing.T, objects ...client.Object) *Provider {
	t.Helper()
	scheme := runtime.NewScheme()
	require.NoError(t, New(0).AddToScheme(scheme))
	b := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...)
	p := New(time.Second)
	require.NoError(t, p.SetUp(t.Context(), indexes{b}, nil))
	p.cache = b.Build()
	return p
}

func newRule(namespace, name, host string) *networkingv1.DestinationRule {
	rule := &networkingv1.DestinationRule{}
	rule.Namespace, rule.Name, rule.Spec.Host = namespace, name, host
	return rule
}

func newRoutes(namespace, name string, gateways []string, hosts ...string) *networkingv1.VirtualService {
	vs := &networkingv1.VirtualService{}
	vs.Namespace, vs.Name, vs.Spec.Hosts, vs.Spec.Gateways = namespace, name, hosts, gateways
	return vs
}

// An object that a look at the Service finds wakes the Service when it changes,
// and no other object does.
func TestOthersAreFoundAndWakeWhomTheyConcern(t *testing.T) {
	copied := newRule("default", "copy", "mockb.default.svc.cluster.local")
	copied.Labels = serviceLabels("rollout", mockb)
	ours := newRule("default", ruleName("rollout", mockb).Name, "mockb.default.svc.cluster.local")
	ours.Labels = serviceLabels("rollout", mockb)
	beside := newRule("default", ruleName("b", mockb).Name, "mockb.default.svc.cluster.local")
	beside.Labels = serviceLabels("b", mockb)
	besideRoutes := newRoutes("default", routesName("b", mockb).Name, nil, "mockb.default.svc.cluster.local")
	besideRoutes.Labels = serviceLabels("b", mockb)
	for name, tc := range map[string]struct {
		object client.Object
		found  bool
	}{
		"a rule in capitals":                {newRule("default", "x", "MockB"), false},
		"a rule of a wildcard in capitals":  {newRule("shop", "x", "*.Cluster.local"), false},
		"routes in capitals":                {newRoutes("default", "x", nil, "MockB"), true},
		"routes in capitals, far off":       {newRoutes("shop", "x", nil, "Mockb.default.svc.cluster.local"), true},
		"routes by a wildcard in capitals":  {newRoutes("shop", "x", nil, "*.Default.svc.cluster.local"), false},
		"a rule of the short name":          {newRule("default", "x", "mockb"), true},
		"a rule of the short name, far off": {newRule("shop", "x", "mockb"), false},
		"a rule of the full name, far off":  {newRule("shop", "x", "mockb.default.svc.cluster.local"), true},
		"a rule of a wildcard":              {newRule("shop", "x", "*.cluster.local"), true},
		"a rule of another wildcard":        {newRule("shop", "x", "*.shop.svc.cluster.local"), false},
		"a rule of everything":              {newRule("istio-system", "x", "*"), true},
		"a rule of ours":                    {ours, false},
		"another group's rule":              {beside, true},
		"another group's routes":            {besideRoutes, true},
		"a copy of a rule of ours":          {copied, true},
		"routes in the mesh":                {newRoutes("default", "x", nil, "a.example.com", "mockb"), true},
		"routes in the mesh by wildcard":    {newRoutes("shop", "x", []string{"mesh"}, "*.default.svc.cluster.local"), true},
		"routes on a Gateway":               {newRoutes("default", "x", []string{"edge/gw"}, "mockb"), false},
	} {
		t.Run(name, func(t *testing.T) {
			p := cached(t, tc.object)
			got, err := p.foreignFor(t.Context(), nil, "rollout", mockb)
			require.NoError(t, err)
			assert.Equal(t, tc.found, len(got.rules)+len(got.routes) == 1)
			assert.Equal(t, tc.object == client.Object(beside) || tc.object == client.Object(besideRoutes), (&live{service: mockb, foreign: got}).HeldByOther())

			a := impactOf(tc.object)
			woken := a.Matches != nil && a.Matches(mockb)
			for _, service := range a.Services {
				woken = woken || service == mockb
			}
			assert.Equal(t, tc.found || tc.object == client.Object(ours), woken)
		})
	}
}

func TestOthersOnAGatewayAreFoundHoweverItIsWritten(t *testing.T) {
	gw := types.NamespacedName{Namespace: "edge", Name: "gw"}
	mine := newRoutes("edge", "swimlane-ingress-vs-rollout", []string{"edge/gw"}, "*")
	mine.Labels = ingressLabels("rollout")
	beside := newRoutes("edge", "swimlane-ingress-vs-b", []string{"edge/gw"}, "*")
	beside.Labels = ingressLabels("b")
	all := []client.Object{
		mine, beside, newRoutes("edge", "short", []string{"gw"}, "*"), newRoutes("shop", "full", []string{"mesh", "edge/gw"}, "*"),
		newRoutes("shop", "short", []string{"gw"}, "*"), newRoutes("shop", "mesh", nil, "*"),
	}
	p := cached(t, all...)
	got, err := p.foreignOnGateway(t.Context(), nil, "rollout", gw)
	require.NoError(t, err)
	var names []string
	for _, vs := range got {
		names = append(names, nameOf(vs).String())
	}
	assert.Equal(t, []string{"edge/short", "edge/swimlane-ingress-vs-b", "shop/full"}, names)
	for _, o := range all {
		switch nameOf(o).String() {
		case "shop/short":
			assert.Equal(t, []types.NamespacedName{{Namespace: "shop", Name: "gw"}}, impactOf(o).Gateways)
		case "shop/mesh":
			assert.Empty(t, impactOf(o).Gateways)
		default:
			assert.Equal(t, []types.NamespacedName{gw}, impactOf(o).Gateways)
		}
	}
	gateway := edgeGateway()
	assert.Equal(t, []types.NamespacedName{gw}, impactOf(gateway).Gateways)
}

// edgeGateway is Gateway edge/gw, which serves every host.
func edgeGateway() *networkingv1.Gateway {
	g := &networkingv1.Gateway{}
	g.Namespace, g.Name = "edge", "gw"
	g.Spec.Servers = []*networkingapi.Server{{Hosts: []string{"*"}, Port: &networkingapi.Port{Protocol: "HTTP"}}}
	return g
}
