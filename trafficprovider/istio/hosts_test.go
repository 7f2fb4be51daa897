package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

func TestHostsAreResolvedAsIstioDoes(t *testing.T) {
	const mockb = "mockb.default.svc.cluster.local"
	for written, want := range map[string]string{
		"mockb":                 mockb,
		mockb:                   mockb,
		"mockb.default":         "mockb.default", // Istio takes it for a name outside the mesh
		"*":                     "*",
		"*.example.com":         "*.example.com",
		"mockb.shop.svc.remote": "mockb.shop.svc.remote",
	} {
		assert.Equal(t, want, fullHost(written, "default"), written)
	}
	for written, want := range map[string]string{
		"mockb": mockb, mockb: mockb, "mockb.default": mockb, "mockb.default.svc": mockb,
		"*.default.svc.cluster.local": "*.default.svc.cluster.local", "api.example.com": "api.example.com",
	} {
		assert.Equal(t, want, meantHost(written, "default"), written)
	}
}

func TestAHostIsFoundByEveryWildcardThatStandsForIt(t *testing.T) {
	host := hostOf(types.NamespacedName{Namespace: "team-a", Name: "shop-front"})
	keys := wildcardsOf(host)
	for _, wild := range []string{"*", "*.local", "*.svc.cluster.local", "*.team-a.svc.cluster.local", "*-a.svc.cluster.local", "*-front.team-a.svc.cluster.local"} {
		assert.Contains(t, keys, wild)
		assert.True(t, lane.HostWithin(host, wild), wild)
	}
	for _, wild := range keys {
		assert.True(t, lane.HostWithin(host, wild), wild)
	}
	assert.False(t, lane.HostWithin(host, "*.default.svc.cluster.local"))
	assert.False(t, lane.HostWithin("*.local", host))
	assert.False(t, lane.HostWithin("*.local", "*.cluster.local"))
	assert.True(t, lane.HostWithin("*.cluster.local", "*.local"))
}

func TestAGatewayServesWhatItsServersAndTheRoutesBothHave(t *testing.T) {
	for name, tc := range map[string]struct{ server, hosts, want []string }{
		"any server":                      {[]string{"*"}, []string{"a.example.com", "*"}, []string{"*", "a.example.com"}},
		"the nearer of both":              {[]string{"a.example.com"}, []string{"*"}, []string{"a.example.com"}},
		"the server is for others":        {[]string{"other/*"}, []string{"a.example.com"}, nil},
		"the server is for the namespace": {[]string{"default/*.example.com"}, []string{"a.example.com"}, []string{"a.example.com"}},
		"the server is for all":           {[]string{"*/*.example.com"}, []string{"*.com"}, []string{"*.example.com"}},
		"another host":                    {[]string{"b.example.com"}, []string{"a.example.com"}, nil},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, served(tc.server, tc.hosts, "default")) })
	}
}

func TestWhoSeesAnObject(t *testing.T) {
	assert.True(t, audienceOf(nil, "a").everybody)
	assert.True(t, audienceOf([]string{"b", "*"}, "a").everybody)
	assert.True(t, audienceOf([]string{"~"}, "a").nobody())
	assert.True(t, audienceOf([]string{"."}, "a").only("a"))
	assert.True(t, audienceOf([]string{"a", "."}, "a").only("a"))
	assert.True(t, audienceOf([]string{"b"}, "a").has("b"))
	assert.False(t, audienceOf([]string{"b"}, "a").has("a"))
}

func TestGatewaysAreWrittenInManyWays(t *testing.T) {
	gw := types.NamespacedName{Namespace: "edge", Name: "gw"}
	for _, written := range []string{"edge/gw", "gw.edge", "gw.edge.svc.cluster.local"} {
		assert.Equal(t, gw, gatewayKey(written, "default"), written)
	}
	for _, written := range []string{"gw", "./gw"} {
		assert.Equal(t, gw, gatewayKey(written, "edge"), written)
	}
}
