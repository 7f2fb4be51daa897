package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"
)

func gatewayOf(t *testing.T, namespace, name, spec string) *networkingv1.Gateway {
	t.Helper()
	g := &networkingv1.Gateway{}
	g.Namespace, g.Name = namespace, name
	require.NoError(t, yaml.UnmarshalStrict([]byte("spec: "+spec), g))
	return g
}

// What is on another Gateway of the workload is found where it may have a host of
// ours, and whoever finds it is woken by it. Which hosts the rules have is not asked
// for that.
func TestGatewaysOfOneWorkloadAreFoundByTheirHosts(t *testing.T) {
	const (
		ours = "{selector: {istio: gw}, servers: [{port: {number: 80, protocol: HTTP, name: h}, hosts: ['*']}]}"
		port = "servers: [{port: {number: 80, protocol: HTTP, name: h}, hosts: "
	)
	for name, tc := range map[string]struct {
		ours, other  string
		rule, theirs string // hosts
		found        bool
		woken        bool // although not found
	}{
		"the same selector and host":      {ours, "{selector: {istio: gw}, " + port + "['*']}]}", "*", "*", true, false},
		"the host of a rule":              {ours, "{selector: {istio: gw}, " + port + "[shop/a.example.com]}]}", "a.example.com", "a.example.com", true, false},
		"the host of a rule, in capitals": {ours, "{selector: {istio: gw}, " + port + "[A.example.com]}]}", "a.Example.com", "A.example.com", true, false},
		"a wildcard for it":               {ours, "{selector: {istio: gw}, " + port + "['*.example.com']}]}", "a.example.com", "a.example.com", true, false},
		"a host that no rule has":         {ours, "{selector: {istio: gw}, " + port + "[b.example.com]}]}", "a.example.com", "b.example.com", false, true},
		"our server's own host":           {"{selector: {istio: gw}, " + port + "[a.example.com]}]}", "{selector: {istio: gw}, " + port + "['*']}]}", "*", "a.example.com", true, false},
		"a selector that has more":        {ours, "{selector: {istio: gw, zone: a}, " + port + "['*']}]}", "*", "*", true, false},
		"a selector that has less":        {"{selector: {istio: gw, zone: a}, " + port + "['*']}]}", "{selector: {zone: a}, " + port + "['*']}]}", "*", "*", true, false},
		"a selector that has both":        {"{selector: {istio: gw, zone: a}, " + port + "['*']}]}", "{selector: {istio: gw, zone: b}, " + port + "['*']}]}", "*", "*", false, false},
		"another selector":                {ours, "{selector: {istio: other}, " + port + "['*']}]}", "*", "*", false, false},
		"no selector, which is every one": {ours, "{" + port + "['*']}]}", "*", "*", true, false},
		"no selector of ours":             {"{" + port + "['*']}]}", "{selector: {istio: other}, " + port + "['*']}]}", "*", "*", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			gateway, other := gatewayOf(t, "edge", "gw", tc.ours), gatewayOf(t, "shop", "other", tc.other)
			vs := newRoutes("shop", "theirs", []string{"other"}, tc.theirs)
			p := cached(t, gateway, other, vs)
			live, err := p.LiveIngress(t.Context(), p.cache, "rollout", nameOf(gateway), tc.rule)
			require.NoError(t, err)
			l := live.(*liveIngress)
			assert.Len(t, l.beside, count(tc.found))
			assert.Len(t, l.foreign, count(tc.found))
			for _, obj := range []client.Object{other, vs} {
				impact, err := p.ImpactOf(t.Context(), obj)
				require.NoError(t, err)
				want := []types.NamespacedName{nameOf(other)}
				if tc.found || tc.woken {
					want = append(want, nameOf(gateway))
				}
				assert.ElementsMatch(t, want, impact.Gateways, "%T", obj)
			}
		})
	}
}

func count(found bool) int {
	if found {
		return 1
	}
	return 0
}

// One that is bound to both Gateways is one.
func TestRoutesOnTwoGatewaysAreLookedAtOnce(t *testing.T) {
	const spec = "{selector: {istio: gw}, servers: [{port: {number: 80, protocol: HTTP, name: h}, hosts: ['*']}]}"
	gateway, other := gatewayOf(t, "edge", "gw", spec), gatewayOf(t, "edge", "other", spec)
	vs := newRoutes("edge", "theirs", []string{"gw", "other"}, "*")
	p := cached(t, gateway, other, vs)
	live, err := p.LiveIngress(t.Context(), p.cache, "rollout", nameOf(gateway), "*")
	require.NoError(t, err)
	assert.Len(t, live.(*liveIngress).foreign, 1)
}
