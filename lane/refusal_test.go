package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

func TestARefusedPatchGoesStepByStep(t *testing.T) {
	wanted := Policy{Traffic: []byte("new traffic"), Route: []byte("new route")}
	inForce := Policy{Traffic: []byte("old traffic"), Route: []byte("old route")}
	var none Refusals
	assert.Equal(t, wanted, none.Usable(wanted, inForce))
	assert.Nil(t, none.Problem(wanted))
	assert.Nil(t, none.Why())

	once := none.With(RoutePatch, Problem{apiv1.ReasonPatchRefused, "bad"})
	used := once.Usable(wanted, inForce)
	assert.Equal(t, Policy{Traffic: wanted.Traffic, Route: inForce.Route}, used, "the other patch holds")
	assert.Equal(t, "bad; until it is corrected the last patch that was taken stays in force, and lanes work as ever", once.Problem(used).Message)
	assert.Contains(t, once.Problem(once.Usable(wanted, Policy{})).Message, "bad; it is left out until it is corrected", "nothing is in force")

	twice := once.With(RoutePatch, Problem{apiv1.ReasonPatchRefused, "what is in force is bad too"})
	used = twice.Usable(wanted, inForce)
	assert.Equal(t, Policy{Traffic: wanted.Traffic}, used)
	assert.Equal(t, "bad; it is left out until it is corrected, and lanes work as ever", twice.Problem(used).Message)
	assert.False(t, once[RoutePatch].LeftOut, "With changes nothing")

	both := twice.With(TrafficPatch, Problem{apiv1.ReasonPatchRefused, "worse"})
	assert.Contains(t, both.Problem(both.Usable(wanted, inForce)).Message, "worse; until it is corrected the last patch")
	assert.Contains(t, both.Problem(both.Usable(wanted, inForce)).Message, "; bad; it is left out")
	assert.Equal(t, "worse", both.Why().Message)
}

func TestAPatchIsNamedAsItIsFound(t *testing.T) {
	patch := &runtime.RawExtension{Raw: []byte(`{"timeout": "3s"}`)}
	group := &apiv1.ASMSwimLaneGroup{}
	group.Spec.DefaultHTTPRoutePatch = patch
	group.Spec.Services = []apiv1.ServiceReference{
		{Namespace: "shop", Name: "both", HTTPRoutePatch: patch},
		{Namespace: "shop", Name: "default"},
		{Namespace: "shop", Name: "own", TrafficPolicyPatch: patch},
	}
	g, _ := NewGroup(group, nil)
	for name, want := range map[string][2]string{
		"both":    {"httpRoutePatch of service shop/both (over defaultHttpRoutePatch)", "defaultTrafficPolicyPatch (for service shop/both)"},
		"default": {"defaultHttpRoutePatch (for service shop/default)", "defaultTrafficPolicyPatch (for service shop/default)"},
		"own":     {"defaultHttpRoutePatch (for service shop/own)", "trafficPolicyPatch of service shop/own"},
	} {
		service := types.NamespacedName{Namespace: "shop", Name: name}
		assert.Equal(t, want[0], g.PolicyOf(service).PatchName(RoutePatch, service))
		assert.Equal(t, want[1], g.PolicyOf(service).PatchName(TrafficPatch, service))
	}
	plan := IngressPlan{Routes: []IngressRoute{
		{Service: types.NamespacedName{Namespace: "shop", Name: "own"}, Policy: Policy{Route: patch.Raw}},
		{Service: types.NamespacedName{Namespace: "shop", Name: "own"}, Policy: Policy{Route: patch.Raw}},
		{Service: types.NamespacedName{Namespace: "shop", Name: "a"}, Policy: Policy{Route: patch.Raw, RouteFrom: FromGroup}},
		{Service: types.NamespacedName{Namespace: "shop", Name: "none"}},
	}}
	assert.Equal(t, "defaultHttpRoutePatch (for service shop/a) or httpRoutePatch of service shop/own", plan.PatchName())
	require.Empty(t, IngressPlan{}.PatchName())
}
