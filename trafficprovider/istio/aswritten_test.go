package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// A route without a match takes everything on the hosts of its object, which change.
func TestARouteThatStaysTakesItsOwnHostsOnly(t *testing.T) {
	service := types.NamespacedName{Namespace: "default", Name: "mocka"}
	route := func(name, host string) resolvedRoute {
		return resolvedRoute{subsets: []string{"base"}, IngressRoute: lane.IngressRoute{Name: name, Lane: "base", Service: service, Port: 8000, Baseline: "base",
			RequestMatch: lane.RequestMatch{Hosts: []string{host}}, Destinations: []lane.Destination{{Lane: "base", Tag: "base", InLane: true}}}}
	}
	plan := lane.IngressPlan{Group: "g", Baseline: "base", Tag: lane.Tag{RouteHeader: "x-tag"}, Gateway: types.NamespacedName{Namespace: "edge", Name: "gw"}}
	was, err := ingressRoutes(plan, []resolvedRoute{route("base/r", "a.example.com")}, types.NamespacedName{}, nil)
	require.NoError(t, err)
	require.Empty(t, was.Spec.Http[0].Match)

	stays := route("base/r", "a.example.com")
	stays.AsWritten = true
	stays.written, stays.subsets = (&liveIngress{ours: []*networkingv1.VirtualService{was}}).written("base/r", false)
	is, err := ingressRoutes(plan, []resolvedRoute{stays, route("base/s", "b.example.com")}, types.NamespacedName{}, was)
	require.NoError(t, err)
	require.Len(t, is.Spec.Http, 2)
	require.Len(t, is.Spec.Http[0].Match, 1)
	assert.Equal(t, authority("a.example.com").GetRegex(), is.Spec.Http[0].Match[0].Authority.GetRegex())

	alone, err := ingressRoutes(plan, []resolvedRoute{stays}, types.NamespacedName{}, is)
	require.NoError(t, err)
	assert.Empty(t, alone.Spec.Http[0].Match)
}

// What the mesh is asked about is what a strict group will have: it may have no header to match.
func TestSamplesOfAStrictGroup(t *testing.T) {
	group := lane.Group{Name: "g", Mode: lane.Strict, Services: []types.NamespacedName{{Namespace: "default", Name: "mocka"}}, DefaultPolicy: lane.Policy{Route: []byte(`{"timeout": "3s"}`)}}
	assert.Nil(t, (&Provider{}).CheckPatches(group))
	samples := (&Provider{}).Samples(group)
	require.Len(t, samples, 1)
	routes := samples[0].Object.(*networkingv1.VirtualService).Spec.Http
	require.Len(t, routes, 2)
	assert.Equal(t, map[string]string{"lane": "gray"}, routes[0].Match[0].SourceLabels)
	assert.Empty(t, routes[0].Match[0].Headers)
}

// A pod of another team may have the labels of a lane, too: where the group has no Service, nobody
// is of its lanes.
func TestCallersOfAStrictLaneAreWhereTheGroupIs(t *testing.T) {
	group := lane.Group{Name: "g", Mode: lane.Strict, Baseline: "base", Services: []types.NamespacedName{{Namespace: "shop", Name: "mocka"}, {Namespace: "pay", Name: "mockb"}, {Namespace: "shop", Name: "mockc"}}}
	s := lane.Snapshot{Group: group, Service: lane.Service{Key: group.Services[1], Found: true}}
	plan := samplePlan(group, s.Service.Key)
	plan.Callers = lane.Compute(s).Callers
	var in []string
	for _, m := range laneRoute(plan, "gray").Match {
		assert.Equal(t, map[string]string{"lane": "gray"}, m.SourceLabels)
		in = append(in, m.SourceNamespace)
	}
	assert.Equal(t, []string{"pay", "shop"}, in)
	plan.Callers = nil
	assert.Len(t, laneRoute(plan, "gray").Match, 1, "a route for everybody would take all requests to the lane")
}

// A strict group needs no tag, and then stamps none.
func TestARouteOfAGroupWithoutATag(t *testing.T) {
	r := resolvedRoute{subsets: []string{"s2"}, IngressRoute: lane.IngressRoute{Name: "s2/r", Lane: "s2", Baseline: "base", RequestMatch: lane.RequestMatch{Hosts: []string{"*"}},
		Destinations: []lane.Destination{{Lane: "s2", Tag: "s2", InLane: true}}}}
	vs, err := ingressRoutes(lane.IngressPlan{Group: "g", Mode: lane.Strict}, []resolvedRoute{r}, types.NamespacedName{}, nil)
	require.NoError(t, err)
	require.Len(t, vs.Spec.Http, 1, "nobody passes over a lane's pods in the place of others")
	assert.Nil(t, vs.Spec.Http[0].Headers)
}
