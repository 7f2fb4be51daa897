package istio

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// Names are joined by hyphens, so that two groups may have the same one for two Services.
func TestTwoGroupsThatComeToTheSameNameKeepOffEachOther(t *testing.T) {
	first := lane.Plan{Group: "a-x-b", Service: types.NamespacedName{Namespace: "x", Name: "c"}, State: lane.StateManaged, Baseline: lane.Member{Lane: "base"}}
	second := lane.Plan{Group: "a", Service: types.NamespacedName{Namespace: "x", Name: "b-x-c"}, State: lane.StateManaged, Baseline: lane.Member{Lane: "base"}}
	beside := second
	beside.Service.Name = "d"
	require.Equal(t, ruleName(first.Group, first.Service), ruleName(second.Group, second.Service))
	require.Equal(t, routesName(first.Group, first.Service), routesName(second.Group, second.Service))

	p := cached(t)
	c := p.cache.(client.Client)
	now := time.Unix(1_000_000, 0)
	applier := &trafficprovider.Applier{Client: c, Reader: c, Provider: p, Now: func() time.Time { return now }}
	apply := func(plan lane.Plan) trafficprovider.Outcome {
		live, err := applier.Service(t.Context(), plan.Group, plan.Service)
		require.NoError(t, err)
		out, err := applier.Apply(t.Context(), plan, live)
		require.NoError(t, err)
		return out
	}
	settled := func(plan lane.Plan) trafficprovider.Outcome {
		for range 5 {
			apply(plan)
			now = now.Add(time.Minute)
		}
		return apply(plan)
	}
	versions := func(of lane.Plan) (out []string) {
		for _, o := range []client.Object{&networkingv1.DestinationRule{}, &networkingv1.VirtualService{}} {
			key := ruleName(of.Group, of.Service)
			if _, ok := o.(*networkingv1.VirtualService); ok {
				key = routesName(of.Group, of.Service)
			}
			require.NoError(t, c.Get(t.Context(), key, o))
			out = append(out, o.GetResourceVersion())
		}
		return out
	}
	require.True(t, settled(first).Complete())
	before := versions(first)

	out := settled(second)
	assert.Zero(t, out.Written)
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonConflict, out.Problem.Reason)
	assert.Equal(t, "DestinationRule x/trafficlabel-dr-a-x-b-x-c is that of group a-x-b for service x/c, and this group's for this service would have the same name: "+
		"leave it, and give one of the groups another name or take one of the services out of its group", out.Problem.Message)
	assert.True(t, settled(beside).Complete(), "the group's other services go on")

	gone := second
	gone.State = lane.StateWithdrawn
	assert.Zero(t, settled(gone).Written, "nothing there is its own to take away")
	assert.Equal(t, before, versions(first))

	rule := &networkingv1.DestinationRule{}
	require.NoError(t, c.Get(t.Context(), ruleName(first.Group, first.Service), rule))
	impact, err := p.ImpactOf(t.Context(), rule)
	require.NoError(t, err)
	assert.Contains(t, impact.Services, second.Service, "it wakes who waits for its name")
	first.State = lane.StateWithdrawn
	require.True(t, settled(first).Complete())
	assert.True(t, settled(second).Complete())
}

// A cache that does not have the other's object finds out when it creates its own.
func TestANameThatIsTakenMeanwhileIsSaidToo(t *testing.T) {
	service := types.NamespacedName{Namespace: "x", Name: "c"}
	theirs := newRule("x", ruleName("a-x-b", service).Name, hostname.Of(service))
	theirs.Labels = serviceLabels("a-x-b", service)
	p := cached(t)
	behind := p.cache.(client.Client)
	server := fake.NewClientBuilder().WithScheme(behind.Scheme()).WithObjects(theirs).Build()
	plan := lane.Plan{Group: "a", Service: types.NamespacedName{Namespace: "x", Name: "b-x-c"}, State: lane.StateManaged, Baseline: lane.Member{Lane: "base"}}
	applier := &trafficprovider.Applier{Client: server, Reader: server, Provider: p}
	live, err := p.Live(t.Context(), behind, plan.Group, plan.Service)
	require.NoError(t, err)
	out, err := applier.Apply(t.Context(), plan, live)
	require.NoError(t, err)
	assert.Zero(t, out.Written)
	require.NotNil(t, out.Problem)
	assert.Contains(t, out.Problem.Message, "is that of group a-x-b for service x/c")
}
