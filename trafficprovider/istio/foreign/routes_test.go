package foreign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lanekeeper.io/trafficprovider/istio/hostname"
)

func TestWhatAForeignVirtualServiceDoesInTheMesh(t *testing.T) {
	ours := &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "trafficlabel-vs-rollout-default-mockb"}}
	ours.Spec.Hosts = []string{hostname.Of(mockb)}
	bornAt(&ours.ObjectMeta, noon)
	for name, tc := range map[string]struct {
		meta, spec    string
		before, after string
		says          string
	}{
		"the same host": {"name: mine, namespace: default", "hosts: [mockb]", stayOut, note,
			"VirtualService default/mine (host mockb) has no effect: ours is older, and of two Istio obeys only the older: move what it sets into the group's httpRoutePatch and delete it, or take the service out of the group"},
		"the same host, older":           {"name: mine, namespace: default, creationTimestamp: 2026-01-01T11:00:00Z", "hosts: [mockb]", stayOut, problem, "lanes have no effect"},
		"the same host, half written":    {"name: mine, namespace: default", "hosts: [mockb.default.svc]", stayOut, note, "host mockb.default.svc"},
		"from elsewhere":                 {"name: theirs, namespace: shop", "hosts: [a.example.com, mockb.default.svc.cluster.local]", stayOut, note, "VirtualService shop/theirs"},
		"the short name elsewhere":       {"name: theirs, namespace: shop", "hosts: [mockb]", nothing, nothing, ""},
		"for everybody, and the mesh":    {"name: mine, namespace: default", "{hosts: [mockb], gateways: [gw, mesh], exportTo: ['*']}", stayOut, note, ""},
		"on a Gateway only":              {"name: mine, namespace: default", "{hosts: [mockb], gateways: [gw]}", nothing, nothing, ""},
		"for nobody":                     {"name: mine, namespace: default", "{hosts: [mockb], exportTo: ['~']}", nothing, nothing, ""},
		"for the Service's namespace":    {"name: mine, namespace: default", "{hosts: [mockb], exportTo: ['.']}", stayOut, problem, "holds instead of ours for clients in namespace default"},
		"for another namespace":          {"name: mine, namespace: default", "{hosts: [mockb], exportTo: [shop, x]}", note, note, "clients in namespace shop, x"},
		"for the Gateway's namespace":    {"name: mine, namespace: default", "{hosts: [mockb], exportTo: [edge, shop]}", problem, problem, "clients in namespace edge, shop"},
		"for another namespace, its own": {"name: theirs, namespace: shop", "{hosts: [mockb.default.svc.cluster.local], exportTo: ['.']}", note, note, "clients in namespace shop"},
		"of the Gateway's namespace":     {"name: theirs, namespace: edge", "{hosts: [mockb.default.svc.cluster.local], exportTo: ['.']}", problem, problem, "clients in namespace edge"},
		"from elsewhere, for ours":       {"name: theirs, namespace: shop", "{hosts: [mockb.default.svc.cluster.local], exportTo: [default]}", stayOut, problem, "clients in namespace default"},
		"a wildcard":                     {"name: wide, namespace: default", "hosts: ['*.default.svc.cluster.local']", stayOut, note, "gives way to ours"},
		"a wildcard, older":              {"name: wide, namespace: edge, creationTimestamp: 2026-01-01T11:00:00Z", "hosts: ['*.local']", stayOut, note, "gives way to ours"},
		"a wildcard of the mesh's":       {"name: wide, namespace: istio-system", "hosts: ['*.local']", stayOut, note, "gives way to ours"},
		"a wildcard from elsewhere":      {"name: wide, namespace: shop, creationTimestamp: 2026-01-01T11:00:00Z", "hosts: ['*.local']", note, note, "gives way to ours"},
		"a wildcard and the host":        {"name: mine, namespace: default, creationTimestamp: 2026-01-01T11:00:00Z", "hosts: ['*.local', mockb]", stayOut, problem, "host mockb"},
		"the same host in capitals":      {"name: mine, namespace: default", "hosts: [MockB]", stayOut, note, "host MockB"},
		"in capitals, half written":      {"name: mine, namespace: default", "hosts: [mockb.Default.SVC]", stayOut, note, "host mockb.Default.SVC"},
		"in capitals from elsewhere":     {"name: theirs, namespace: shop", "hosts: [Mockb.default.svc.cluster.local]", stayOut, note, "VirtualService shop/theirs"},
		"a wildcard in capitals":         {"name: wide, namespace: shop", "hosts: ['*.Default.svc.cluster.local']", nothing, nothing, ""},
		"another wildcard":               {"name: wide, namespace: shop", "hosts: ['*.shop.svc.cluster.local']", nothing, nothing, ""},
	} {
		t.Run(name, func(t *testing.T) {
			spec := tc.spec
			if spec[0] != '{' {
				spec = "{" + spec + "}"
			}
			foreign := read[networkingv1.VirtualService](t, "metadata: {"+tc.meta+"}\nspec: "+spec)
			if foreign.CreationTimestamp.IsZero() {
				foreign.CreationTimestamp = metav1.NewTime(noon.Add(time.Hour))
			}
			assert.Equal(t, tc.before, outcomeOf(CheckRoutes(foreign, nil, mockb, chain), false), "before us")
			after := CheckRoutes(foreign, ours, mockb, chain)
			assert.Equal(t, tc.after, outcomeOf(after, true), "after us")
			if tc.says != "" {
				assert.Contains(t, conflictOf([]Finding{*after}).Message, tc.says)
			}
		})
	}
}
