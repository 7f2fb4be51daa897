package foreign

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
		"exported to the proxies":     {"'*'", "['*']", "name: user, namespace: istio-system", "hosts: ['*'], exportTo: ['.'], " + overlapping, stayOut, problem, "comes first"},
		"another group":               {"'*'", "['*']", "name: swimlane-ingress-vs-b, namespace: edge, creationTimestamp: 2026-01-01T11:00:00Z, labels: {app.kubernetes.io/managed-by: lanekeeper, lanekeeper.io/group: b, lanekeeper.io/entry: 'true'}", "hosts: ['*'], " + overlapping, problem, problem, "of group b"},
		"no HTTP at all":              {"'*'", "['*']", "name: user, namespace: edge", "hosts: ['*'], tls: [{match: [{sniHosts: ['*']}]}]", nothing, nothing, ""},

		"we have the nearer host":             {"a.example.com", "['*']", "name: user, namespace: edge", "hosts: ['*.example.com'], http: [{}]", stayOut, note, "serves a.example.com by its host *.example.com, and would not while the group's entry has the nearer host: add a.example.com to its hosts"},
		"they have the nearer host":           {"'*.example.com'", "['*']", "name: user, namespace: edge", "hosts: [a.example.com], http: [{}]", note, note, "has the nearer host a.example.com"},
		"a host of their own":                 {"'*'", "['*']", "name: user, namespace: edge", "hosts: [a.example.com], " + overlapping, nothing, nothing, ""},
		"one server makes two hosts the same": {"'*'", "[a.example.com]", "name: user, namespace: edge", "hosts: [a.example.com], " + overlapping, stayOut, note, "comes after"},
		"the same host in other case":         {"a.example.com", "['*']", "name: user, namespace: edge", "hosts: [A.example.com], " + overlapping, stayOut, note, "comes after"},
		"the same capital":                    {"A.example.com", "['*']", "name: user, namespace: edge", "hosts: [a.example.com], " + overlapping, stayOut, note, "comes after"},
		"the server has them in other case":   {"a.example.com", "[a.example.com]", "name: user, namespace: edge", "hosts: [A.example.com], " + overlapping, nothing, nothing, ""},
		"the server is not for them":          {"'*'", "[edge/*]", "name: user, namespace: shop", "hosts: ['*'], " + overlapping, nothing, nothing, ""},
		"the server is for its own namespace": {"'*'", "[./*]", "name: user, namespace: shop", "hosts: ['*'], " + overlapping, nothing, nothing, ""},
		"they are in its namespace":           {"'*'", "[./*]", "name: user, namespace: edge", "hosts: ['*'], " + overlapping, stayOut, note, "comes after"},
		"no server has our host":              {"a.example.com", "[b.example.com]", "name: user, namespace: edge", "hosts: [a.example.com], " + overlapping, nothing, nothing, ""},
	} {
		t.Run(name, func(t *testing.T) {
			gateway := read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: "+tc.servers+"}]}")
			foreign := read[networkingv1.VirtualService](t, "metadata: {"+tc.meta+"}\nspec: {gateways: [edge/gw], "+tc.spec+"}")
			if foreign.CreationTimestamp.IsZero() {
				foreign.CreationTimestamp = metav1.NewTime(noon.Add(time.Hour))
			}
			ours := read[networkingv1.VirtualService](t, strings.ReplaceAll(ourIngress, "HOST", tc.host))
			in := Ingress{Gateway: gateway, VirtualService: ours, New: true}
			for _, r := range ours.Spec.Http {
				in.Routes = append(in.Routes, Route{Name: r.Name, Hosts: ours.Spec.Hosts})
			}
			group := foreign.Labels[apiv1.LabelGroup]
			assert.Equal(t, tc.before, outcomeOf(in.Check(foreign, group), false), "before us")
			bornAt(&ours.ObjectMeta, noon)
			in.New = false
			after := in.Check(foreign, group)
			assert.Equal(t, tc.after, outcomeOf(after, true), "after us")
			if tc.says != "" {
				assert.Contains(t, conflictOf([]Finding{*after}).Message, tc.says)
			}
		})
	}
}

// Ours is older than a route on the Gateway that its group moves to. It would come
// first there, and take the other's requests.
func TestAnEntryThatMovesBreaksNobody(t *testing.T) {
	for name, tc := range map[string]struct {
		theirs string
		want   string
		says   string
	}{
		"a younger route for the same requests": {"{hosts: ['*'], gateways: [gw], http: [{match: [{uri: {exact: /mock}}]}]}", stayOut, "would come after the group's entry: its route 1 would miss requests that rule canary/gray takes"},
		"a younger route for others":            {"{hosts: ['*'], gateways: [gw], http: [{match: [{uri: {exact: /user}}]}]}", nothing, ""},
		"a wider host":                          {"{hosts: ['*'], gateways: [gw], http: [{match: [{uri: {prefix: /}}]}]}", nothing, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ours := read[networkingv1.VirtualService](t, strings.ReplaceAll(ourIngress, "HOST", "'*'"))
			bornAt(&ours.ObjectMeta, noon)
			in := Ingress{
				Gateway:        read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}"),
				VirtualService: ours, New: true,
			}
			for _, r := range ours.Spec.Http {
				in.Routes = append(in.Routes, Route{Name: r.Name, Hosts: ours.Spec.Hosts})
			}
			theirs := read[networkingv1.VirtualService](t, "metadata: {name: user, namespace: edge}\nspec: "+tc.theirs)
			theirs.CreationTimestamp = metav1.NewTime(noon.Add(time.Hour))
			f := in.Check(theirs, "")
			assert.Equal(t, tc.want, outcomeOf(f, false))
			if tc.says != "" {
				assert.Contains(t, conflictOf([]Finding{*f}).Message, tc.says)
			}
		})
	}
}

// The plain servers of all Gateways of a workload share the lists of a port.
func TestRoutesOnOtherGatewaysOfTheWorkload(t *testing.T) {
	const front = "hosts: ['*'], http: [{name: front, match: [{uri: {prefix: /mo}}]}]"
	for name, tc := range map[string]struct {
		host, other   string // ours, and the other Gateway's server
		age           int    // hours by which the other Gateway is older
		bound, theirs string
		before, after string
		says          string
	}{
		"an older Gateway's come first":      {"'*'", "{port: {number: 80, protocol: HTTP, name: h}, hosts: ['*']}", 1, "[shop/other]", front, stayOut, problem, "is on Gateway shop/other, which has the same workload and host, and comes first: its route front takes requests that rule canary/gray asks for"},
		"a younger Gateway's come after":     {"'*'", "{port: {number: 80, protocol: HTTP2, name: h}, hosts: ['*']}", -1, "[shop/other]", front, stayOut, note, "is on Gateway shop/other, which has the same workload and host, and"},
		"one on both counts by the older":    {"'*'", "{port: {number: 80, protocol: HTTP, name: h}, hosts: ['*']}", 1, "[edge/gw, shop/other]", front, stayOut, problem, "comes first"},
		"the host that both come to":         {"a.example.com", "{port: {number: 80, protocol: HTTP, name: h}, hosts: ['shop/a.example.com']}", 1, "[shop/other]", front, stayOut, problem, "comes first"},
		"the host in another case":           {"A.example.com", "{port: {number: 80, protocol: HTTP, name: h}, hosts: [a.example.com]}", 1, "[shop/other]", front, stayOut, problem, "comes first"},
		"another host":                       {"a.example.com", "{port: {number: 80, protocol: HTTP, name: h}, hosts: [b.example.com]}", 1, "[shop/other]", front, nothing, nothing, ""},
		"another port":                       {"'*'", "{port: {number: 81, protocol: HTTP, name: h}, hosts: ['*']}", 1, "[shop/other]", front, nothing, nothing, ""},
		"another address":                    {"'*'", "{port: {number: 80, protocol: HTTP, name: h}, bind: 10.0.0.1, hosts: ['*']}", 1, "[shop/other]", front, nothing, nothing, ""},
		"TLS has a list for each server":     {"'*'", "{port: {number: 443, protocol: HTTPS, name: h}, tls: {mode: SIMPLE}, hosts: ['*']}", 1, "[shop/other]", front, nothing, nothing, ""},
		"a server that is for somebody else": {"'*'", "{port: {number: 80, protocol: HTTP, name: h}, hosts: ['x/*']}", 1, "[shop/other]", front, nothing, nothing, ""},
		"a wider host of theirs is not seen": {"a.example.com", "{port: {number: 80, protocol: HTTP, name: h}, hosts: ['*.example.com']}", 1, "[shop/other]", front, nothing, nothing, ""},
		"another path":                       {"'*'", "{port: {number: 80, protocol: HTTP, name: h}, hosts: ['*']}", 1, "[shop/other]", "hosts: ['*'], http: [{match: [{uri: {exact: /user}}]}]", nothing, nothing, ""},
		"a match that is for our Gateway":    {"'*'", "{port: {number: 80, protocol: HTTP, name: h}, hosts: ['*']}", 1, "[shop/other]", "hosts: ['*'], http: [{match: [{uri: {prefix: /mo}, gateways: [edge/gw]}]}]", nothing, nothing, ""},
	} {
		t.Run(name, func(t *testing.T) {
			ours := read[networkingv1.VirtualService](t, strings.ReplaceAll(ourIngress, "HOST", tc.host))
			in := Ingress{
				Gateway:        read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}"),
				Beside:         []*networkingv1.Gateway{read[networkingv1.Gateway](t, "metadata: {name: other, namespace: shop}\nspec: {servers: ["+tc.other+"]}")},
				VirtualService: ours, New: true,
			}
			bornAt(&in.Gateway.ObjectMeta, noon)
			bornAt(&in.Beside[0].ObjectMeta, noon.Add(time.Duration(-tc.age)*time.Hour))
			for _, r := range ours.Spec.Http {
				in.Routes = append(in.Routes, Route{Name: r.Name, Hosts: ours.Spec.Hosts})
			}
			theirs := read[networkingv1.VirtualService](t, "metadata: {name: user, namespace: shop}\nspec: {gateways: "+tc.bound+", "+tc.theirs+"}")
			theirs.CreationTimestamp = metav1.NewTime(noon.Add(time.Hour))
			assert.Equal(t, tc.before, outcomeOf(in.Check(theirs, ""), false), "before us")
			bornAt(&ours.ObjectMeta, noon)
			in.New = false
			after := in.Check(theirs, "")
			assert.Equal(t, tc.after, outcomeOf(after, true), "after us")
			if tc.says != "" {
				assert.Contains(t, conflictOf([]Finding{*after}).Message, tc.says)
			}
		})
	}
}

func TestARuleThatIsNotForTheHostClashesWithNobodyThere(t *testing.T) {
	gateway := read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}")
	ours := read[networkingv1.VirtualService](t, "metadata: {name: ours, namespace: edge}\nspec: {gateways: [gw], hosts: [a.example.com, b.example.com], http: [{name: a, match: [{uri: {exact: /a}}]}, {name: b, match: [{uri: {exact: /b}}]}]}")
	foreign := read[networkingv1.VirtualService](t, "metadata: {name: user, namespace: edge}\nspec: {gateways: [gw], hosts: [b.example.com], http: [{match: [{uri: {exact: /a}}]}]}")
	in := Ingress{Gateway: gateway, VirtualService: ours, Routes: []Route{
		{Name: "a", Hosts: []string{"a.example.com"}},
		{Name: "b", Hosts: []string{"b.example.com"}},
	}}
	assert.Nil(t, in.Check(foreign, ""))
	foreign.Spec.Http[0].Match[0].Uri = &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Exact{Exact: "/b"}}
	assert.NotNil(t, in.Check(foreign, ""))
}

// Istio refuses a host beside a wider one, so our object has the wider one alone, and whoever has
// the host itself gets all of its requests.
func TestARulesOwnHostIsAnothers(t *testing.T) {
	gateway := read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}")
	theirs := read[networkingv1.VirtualService](t, "metadata: {name: user, namespace: edge}\nspec: {gateways: [edge/gw], hosts: [a.example.com], http: [{name: front, route: [{destination: {host: front}}]}]}")
	ours := read[networkingv1.VirtualService](t, strings.ReplaceAll(ourIngress, "HOST", "'*'"))
	bornAt(&ours.ObjectMeta, noon)
	in := Ingress{Gateway: gateway, VirtualService: ours, Routes: []Route{{"canary/gray", []string{"a.example.com"}}, {"base/all", []string{"*"}}}}
	found := in.Check(theirs, "")
	require.NotNil(t, found)
	assert.Equal(t, problem, outcomeOf(found, true))
	assert.Contains(t, conflictOf([]Finding{*found}).Message, "has the host a.example.com, which is nearer than the host * of the group's entry: rule canary/gray for it is not met")
	in.Routes[0].Hosts = []string{"b.example.com"}
	assert.Nil(t, in.Check(theirs, ""))
}
