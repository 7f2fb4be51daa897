package hostname

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
		"MockB":                 "MockB.default.svc.cluster.local", // no Service has a capital
	} {
		assert.Equal(t, want, Resolve(written, "default"), written)
	}
	for written, want := range map[string]string{
		"mockb": mockb, mockb: mockb, "mockb.default": mockb, "mockb.default.svc": mockb,
		"MockB": mockb, "mockb.Default.svc.cluster.Local": mockb, "Mockb.default.SVC": mockb, "*.Default.svc.cluster.local": "*.Default.svc.cluster.local",
		"*.default.svc.cluster.local": "*.default.svc.cluster.local", "api.example.com": "api.example.com",
	} {
		assert.Equal(t, want, Intended(written, "default"), written)
	}
}

func TestAHostIsFoundByEveryWildcardThatStandsForIt(t *testing.T) {
	host := Of(types.NamespacedName{Namespace: "team-a", Name: "shop-front"})
	keys := Wildcards(host)
	for _, wild := range []string{"*", "*.local", "*.svc.cluster.local", "*.team-a.svc.cluster.local", "*-a.svc.cluster.local", "*-front.team-a.svc.cluster.local"} {
		assert.Contains(t, keys, wild)
		assert.True(t, lane.HostWithin(host, wild), wild)
	}
	for _, wild := range keys {
		assert.True(t, lane.HostWithin(host, wild), wild)
		assert.True(t, Within(host, wild), wild)
	}
	assert.False(t, lane.HostWithin(host, "*.default.svc.cluster.local"))
	assert.False(t, lane.HostWithin("*.local", host))
	assert.False(t, lane.HostWithin("*.local", "*.cluster.local"))
	assert.True(t, lane.HostWithin("*.cluster.local", "*.local"))
}

func TestOnlyFullNamesAreServices(t *testing.T) {
	mockb := types.NamespacedName{Namespace: "default", Name: "mockb"}
	service, ok := Service(Of(mockb))
	assert.True(t, ok)
	assert.Equal(t, mockb, service)
	for _, host := range []string{"mockb", "mockb.default", "api.example.com", "a.b.default.svc.cluster.local", "default.svc.cluster.local"} {
		_, ok := Service(host)
		assert.False(t, ok, host)
	}
}

func TestIstiodComparesHostsLetterByLetter(t *testing.T) {
	for _, tc := range []struct {
		host, other string
		want        bool
	}{
		{"a.example.com", "a.example.com", true},
		{"A.example.com", "a.example.com", false},
		{"a.example.com", "*.Example.com", false},
		{"a.example.com", "*.example.com", true},
		{"*.example.com", "*", true},
		{"*", "*.example.com", false},
		{"*", "*", true},
		{"*.example.com", "a.example.com", false},
	} {
		assert.Equal(t, tc.want, Within(tc.host, tc.other), "%s in %s", tc.host, tc.other)
	}
}
