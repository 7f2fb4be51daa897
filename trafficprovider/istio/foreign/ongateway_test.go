package foreign

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

const ourIngress = `
metadata: {name: swimlane-ingress-vs-rollout, namespace: edge}
spec:
  gateways: [edge/gw]
  hosts: [HOST]
  http:
  - {name: canary/gray, match: [{uri: {exact: /mock}, headers: {x-tag: {exact: canary}}}]}
  - {name: base/all, match: [{uri: {exact: /mock}}]}
`

func TestWhatAForeignVirtualServiceDoesOnTheGateway(t *testing.T) {
	const overlapping = "http: [{name: front, match: [{uri: {prefix: /mo}}]}]"
	for name, tc := range map[string]struct {
		host, servers string // ours, and the Gateway's
		meta, spec    string // theirs
		before, after string
		says          string
	}{
		"another path":                {"'*'", "['*']", "name: user, namespace: edge", "hosts: ['*'], http: [{match: [{uri: {exact: /user}}]}]", nothing, nothing, ""},
		"another header":              {"'*'", "['*']", "name: user, namespace: edge", "hosts: ['*'], http: [{match: [{headers: {x-tag: {exact: s2}}, uri: {exact: /other}}]}]", nothing, nothing, ""},
		"everything, behind all":      {"'*'", "['*']", "name: user, namespace: edge, creationTimestamp: 2026-01-01T11:00:00Z", "hosts: ['*'], http: [{match: [{uri: {prefix: /}}]}]", nothing, nothing, ""},
		"the same requests, later":    {"'*'", "['*']", "name: user, namespace: edge", "hosts: ['*'], " + overlapping, stayOut, note, "VirtualService edge/user (host *) is on the same Gateway and comes after the group's entry: its route front misses requests that rule canary/gray takes: let the matches of both exclude each other, or delete one of the two routes"},
		"the same requests, earlier":  {"'*'", "['*']", "name: user, namespace: edge, creationTimestamp: 2026-01-01T11:00:00Z", "hosts: ['*'], " + overlapping, stayOut, problem, "comes first: its route front takes requests that rule canary/gray asks for"},
		"the same requests, exported": {"'*'", "['*']", "name: user, namespace: edge", "hosts: ['*'], exportTo: ['.'], " + overlapping, stayOut, problem, "comes first"},
		"exported to somebody else":   {"'*'", "['*']", "name: user, namespace: shop", "hosts: ['*'], exportTo: ['.'], " + overlapping, nothing, nothing, ""},
		"another group":               {"'*'", "['*']", "name: swimlane-ingress-vs-b, namespace: edge, creationTimestamp: 2026-01-01T11:00:00Z, labels: {app.kubernetes.io/managed-by: lanekeeper, lanekeeper.io/group: b, lanekeeper.io/entry: 'true'}", "hosts: ['*'], " + overlapping, problem, problem, "of group b"},
		"no HTTP at all":              {"'*'", "['*']", "name: user, namespace: edge", "hosts: ['*'], tls: [{match: [{sniHosts: ['*']}]}]", nothing, nothing, ""},

		"we have the nearer host":             {"a.example.com", "['*']", "name: user, namespace: edge", "hosts: ['*.example.com'], http: [{}]", stayOut, note, "serves a.example.com by its host *.example.com, and would not while the group's entry has the nearer host: add a.example.com to its hosts"},
		"they have the nearer host":           {"'*.example.com'", "['*']", "name: user, namespace: edge", "hosts: [a.example.com], http: [{}]", note, note, "has the nearer host a.example.com"},
		"a host of their own":                 {"'*'", "['*']", "name: user, namespace: edge", "hosts: [a.example.com], " + overlapping, nothing, nothing, ""},
		"one server makes two hosts the same": {"'*'", "[a.example.com]", "name: user, namespace: edge", "hosts: [a.example.com], " + overlapping, stayOut, note, "comes after"},
		"the same host in other case":         {"a.example.com", "['*']", "name: user, namespace: edge", "hosts: [A.example.com], " + overlapping, stayOut, note, "comes after"},
		"the server is not for them":          {"'*'", "[edge/*]", "name: user, namespace: shop", "hosts: ['*'], " + overlapping, nothing, nothing, ""},
	} {
		t.Run(name, func(t *testing.T) {
			gateway := read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: "+tc.servers+"}]}")
			foreign := read[networkingv1.VirtualService](t, "metadata: {"+tc.meta+"}\nspec: {gateways: [edge/gw], "+tc.spec+"}")
			if foreign.CreationTimestamp.IsZero() {
				foreign.CreationTimestamp = metav1.NewTime(noon.Add(time.Hour))
			}
			ours := read[networkingv1.VirtualService](t, strings.ReplaceAll(ourIngress, "HOST", tc.host))
			in := Ingress{Gateway: gateway, VirtualService: ours}
			for _, r := range ours.Spec.Http {
				in.Routes = append(in.Routes, Route{Name: r.Name, Hosts: ours.Spec.Hosts})
			}
			group := foreign.Labels[apiv1.LabelGroup]
			assert.Equal(t, tc.before, outcomeOf(in.Check(foreign, group), false), "before us")
			bornAt(&ours.ObjectMeta, noon)
			after := in.Check(foreign, group)
			assert.Equal(t, tc.after, outcomeOf(after, true), "after us")
			if tc.says != "" {
				assert.Contains(t, conflictOf([]Finding{*after}).Message, tc.says)
			}
		})
	}
}

func TestARuleThatIsNotForTheHostClashesWithNobodyThere(t *testing.T) {
	gateway := read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}")
	ours := read[networkingv1.VirtualService](t, "spec: {hosts: [a.example.com, b.example.com], http: [{name: a, match: [{uri: {exact: /a}}]}, {name: b, match: [{uri: {exact: /b}}]}]}")
	foreign := read[networkingv1.VirtualService](t, "metadata: {name: user, namespace: edge}\nspec: {hosts: [b.example.com], http: [{match: [{uri: {exact: /a}}]}]}")
	in := Ingress{Gateway: gateway, VirtualService: ours, Routes: []Route{
		{Name: "a", Hosts: []string{"a.example.com"}},
		{Name: "b", Hosts: []string{"b.example.com"}},
	}}
	assert.Nil(t, in.Check(foreign, ""))
	foreign.Spec.Http[0].Match[0].Uri = &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Exact{Exact: "/b"}}
	assert.NotNil(t, in.Check(foreign, ""))
}
