package foreign

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lanekeeper.io/trafficprovider/istio/hostname"
)

// ourRule is new, or exists since noon.
func ourRule(exists bool) *networkingv1.DestinationRule {
	rule := &networkingv1.DestinationRule{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "trafficlabel-dr-rollout-default-mockb"}}
	rule.Spec.Host = hostname.Of(mockb)
	rule.Spec.TrafficPolicy = &networkingapi.TrafficPolicy{
		LoadBalancer:     &networkingapi.LoadBalancerSettings{LocalityLbSetting: &networkingapi.LocalityLoadBalancerSetting{FailoverPriority: []string{"tag=base"}}},
		OutlierDetection: &networkingapi.OutlierDetection{MinHealthPercent: 1},
		Tls:              &networkingapi.ClientTLSSettings{Mode: networkingapi.ClientTLSSettings_ISTIO_MUTUAL},
	}
	if exists {
		bornAt(&rule.ObjectMeta, noon)
	}
	return rule
}

func TestWhatAForeignDestinationRuleDoes(t *testing.T) {
	for name, tc := range map[string]struct {
		meta, spec    string
		before, after string
		says          string
	}{
		"the same host": {"name: mine, namespace: default", "{host: mockb}", stayOut, note,
			"DestinationRule default/mine (host mockb) is for the same host and younger than ours: its trafficPolicy, and its subsets named like a lane, have no effect: move what it sets into the group's trafficPolicyPatch and delete it, or take the service out of the group"},
		"the same host, older":               {"name: mine, namespace: default, creationTimestamp: 2026-01-01T11:00:00Z", "{host: mockb}", stayOut, problem, "older than ours"},
		"the same host, as old, by its name": {"name: a, namespace: default, creationTimestamp: 2026-01-01T12:00:00Z", "{host: mockb}", stayOut, problem, "older than ours"},
		"the same host, exported otherwise":  {"name: mine, namespace: default", "{host: mockb, exportTo: ['.']}", stayOut, problem, "another exportTo"},
		"the same host, for some pods":       {"name: mine, namespace: default", "{host: mockb, workloadSelector: {matchLabels: {app: x}}}", stayOut, problem, "the clients that its workloadSelector selects"},
		"another host":                       {"name: mine, namespace: default", "{host: mockc}", nothing, nothing, ""},
		"the short name elsewhere":           {"name: mine, namespace: shop", "{host: mockb}", nothing, nothing, ""},
		"a host that Istio does not resolve": {"name: mine, namespace: shop", "{host: mockb.default}", nothing, nothing, ""},
		"the same host in capitals":          {"name: mine, namespace: default", "{host: MockB}", nothing, nothing, ""},
		"a wildcard in capitals":             {"name: theirs, namespace: shop", "{host: '*.Local'}", nothing, nothing, ""},
		"hidden from everybody":              {"name: mine, namespace: default", "{host: mockb, exportTo: ['~']}", nothing, nothing, ""},

		"a wildcard beside us, with nothing that ours lacks": {"name: wide, namespace: default", "{host: '*.local', trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}", nothing, nothing, ""},
		"a wildcard beside us, with limits": {"name: wide, namespace: default", "{host: '*.default.svc.cluster.local', trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}, loadBalancer: {simple: RANDOM}}}", note, note,
			"gives way to ours, so that the service goes without its connectionPool, loadBalancer: set them in the group's trafficPolicyPatch"},
		"a wildcard beside us, with another tls": {"name: wide, namespace: default", "{host: '*.local', trafficPolicy: {tls: {mode: SIMPLE}}}", stayOut, note, "without its tls"},
		"a wildcard beside us, with subsets":     {"name: wide, namespace: default", "{host: '*.local', subsets: [{name: v1}]}", stayOut, note, "without its subsets"},
		"a wildcard beside us, with ejection":    {"name: wide, namespace: default", "{host: '*', trafficPolicy: {outlierDetection: {consecutive5xxErrors: 5}}}", note, note, "(outlierDetection and portLevelSettings are the lanes' own)"},
		"a wildcard beside us, with ejection, that prefers near ones": {"name: wide, namespace: default", "{host: '*', trafficPolicy: {outlierDetection: {consecutive5xxErrors: 5}, loadBalancer: {localityLbSetting: {failoverPriority: [topology.kubernetes.io/zone]}}}}", note, note,
			"goes without its outlierDetection, preference for near endpoints"},
		"a wildcard beside us, with ejection, that prefers none": {"name: wide, namespace: default", "{host: '*', trafficPolicy: {outlierDetection: {consecutive5xxErrors: 5}, loadBalancer: {localityLbSetting: {enabled: false}}}}", note, note,
			"goes without its outlierDetection: "},
		"a wildcard beside us, with shares for places": {"name: wide, namespace: default", "{host: '*', trafficPolicy: {loadBalancer: {localityLbSetting: {distribute: [{from: a/*, to: {a/*: 100}}]}}}}", note, note,
			"goes without its preference for near endpoints"},
		"a wildcard beside us, with ranks": {"name: wide, namespace: default", "{host: '*', trafficPolicy: {loadBalancer: {localityLbSetting: {enabled: true}}}}", nothing, nothing, ""},

		"in the Gateway's namespace": {"name: theirs, namespace: edge", "{host: mockb.default.svc.cluster.local}", stayOut, problem,
			"hides ours from clients and gateways in namespace edge, where a route to a lane's subset is answered 503"},
		"in the Gateway's namespace, a wildcard":      {"name: theirs, namespace: edge", "{host: '*.local'}", stayOut, problem, "narrow its host"},
		"in the Gateway's namespace, for itself":      {"name: theirs, namespace: edge", "{host: '*.local', exportTo: ['.']}", stayOut, problem, "namespace edge"},
		"in the Gateway's namespace, for some pods":   {"name: theirs, namespace: edge", "{host: '*.local', workloadSelector: {matchLabels: {app: x}}}", stayOut, problem, "namespace edge"},
		"in the Gateway's namespace, for others only": {"name: theirs, namespace: edge", "{host: '*.local', exportTo: [default]}", nothing, nothing, ""},

		"elsewhere": {"name: theirs, namespace: shop", "{host: mockb.default.svc.cluster.local}", note, note,
			"hides ours from clients and gateways in namespace shop, where a route to a lane's subset is answered 503: narrow its host so that it does not match the service any more, or delete it"},
		"elsewhere, a wildcard":         {"name: theirs, namespace: shop", "{host: '*.local'}", note, note, "narrow its host"},
		"elsewhere, of the cluster":     {"name: theirs, namespace: shop", "{host: '*.svc.cluster.local'}", note, note, "namespace shop"},
		"elsewhere, everything":         {"name: theirs, namespace: shop", "{host: '*'}", note, note, "namespace shop"},
		"elsewhere, with subsets":       {"name: theirs, namespace: shop", "{host: '*.local', subsets: [{name: canary}]}", note, note, "namespace shop"},
		"elsewhere, for itself":         {"name: theirs, namespace: shop", "{host: '*.local', exportTo: ['.']}", note, note, "namespace shop"},
		"elsewhere, shown to everybody": {"name: theirs, namespace: shop", "{host: '*.local', exportTo: ['*']}", note, note, "namespace shop"},
		"elsewhere, for some pods":      {"name: theirs, namespace: shop", "{host: '*.local', workloadSelector: {matchLabels: {app: x}}}", note, note, "namespace shop"},
		"elsewhere, for others only":    {"name: theirs, namespace: shop", "{host: '*.local', exportTo: [default]}", nothing, nothing, ""},

		"in the root namespace":               {"name: root, namespace: istio-system", "{host: mockb.default.svc.cluster.local, trafficPolicy: {connectionPool: {tcp: {maxConnections: 1}}}}", note, note, "gives way to ours"},
		"in the root namespace, mTLS for all": {"name: root, namespace: istio-system", "{host: '*.local', trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}", nothing, nothing, ""},
		"in the root namespace, for itself":   {"name: root, namespace: istio-system", "{host: '*.local', exportTo: ['.']}", stayOut, problem, "gateways in namespace istio-system"},
	} {
		t.Run(name, func(t *testing.T) {
			foreign := read[networkingv1.DestinationRule](t, "metadata: {"+tc.meta+"}\nspec: "+tc.spec)
			if foreign.CreationTimestamp.IsZero() {
				foreign.CreationTimestamp = metav1.NewTime(noon.Add(time.Hour))
			}
			assert.Equal(t, tc.before, outcomeOf(CheckRule(foreign, ourRule(false), chain), false), "before us")
			after := CheckRule(foreign, ourRule(true), chain)
			assert.Equal(t, tc.after, outcomeOf(after, true), "after us")
			if tc.says != "" {
				assert.Contains(t, conflictOf([]Finding{*after}).Message, tc.says)
			}
		})
	}
}
