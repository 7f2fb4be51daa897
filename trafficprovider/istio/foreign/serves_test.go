package foreign

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
)

// onServers is an ingress with a rule for each host, on a Gateway in namespace
// edge; others are servers of an older Gateway of the same workload.
func onServers(t *testing.T, servers, others string, hosts ...string) Ingress {
	vs := &networkingv1.VirtualService{}
	vs.Namespace, vs.Spec.Hosts, vs.Spec.Gateways = "edge", hosts, []string{"edge/gw"}
	in := Ingress{
		Gateway:        read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge, creationTimestamp: 2026-01-01T12:00:00Z}\nspec: {servers: "+servers+"}"),
		VirtualService: vs,
	}
	if others != "" {
		in.Beside = append(in.Beside, read[networkingv1.Gateway](t, "metadata: {name: other, namespace: shop, creationTimestamp: 2026-01-01T11:00:00Z}\nspec: {servers: "+others+"}"))
	}
	for _, host := range hosts {
		in.Routes = append(in.Routes, Route{Name: "base/" + host, Hosts: []string{host}}, Route{Name: "base/" + host + "/default", Hosts: []string{host}})
	}
	return in
}

func TestRequestsArriveOnlyWhereAServerHasTheirHost(t *testing.T) {
	const (
		http  = "port: {number: 80, protocol: HTTP, name: http}"
		https = "port: {number: 443, protocol: HTTPS, name: https}, tls: {mode: SIMPLE, credentialName: x}"
		to    = "port: {number: 80, protocol: HTTP, name: http}, tls: {httpsRedirect: true}"
	)
	for name, tc := range map[string]struct {
		servers, others string
		host            string
		says            string // empty where requests arrive
	}{
		"the host":                           {servers: "[{" + http + ", hosts: [a.example.com]}]", host: "a.example.com"},
		"every host":                         {servers: "[{" + http + ", hosts: ['*']}]", host: "a.example.com"},
		"a wildcard":                         {servers: "[{" + http + ", hosts: ['*.example.com']}]", host: "a.example.com"},
		"a part of the rule's":               {servers: "[{" + http + ", hosts: [a.example.com]}]", host: "*.example.com", says: "of host *.example.com (rule base/*.example.com) Gateway edge/gw serves only a.example.com: name these in the rule, or let an HTTP server have host *.example.com"},
		"a part of everything":               {servers: "[{" + http + ", hosts: [a.example.com, './b.example.com', 'shop/c.example.com']}]", host: "*", says: "of host * (rule base/*) Gateway edge/gw serves only a.example.com, b.example.com: name these in the rule, or let an HTTP server have host *"},
		"our namespace":                      {servers: "[{" + http + ", hosts: [edge/a.example.com]}]", host: "a.example.com"},
		"its own namespace":                  {servers: "[{" + http + ", hosts: [./a.example.com]}]", host: "a.example.com"},
		"every namespace":                    {servers: "[{" + http + ", hosts: ['*/*']}]", host: "a.example.com"},
		"one server of several":              {servers: "[{" + https + ", hosts: [shop/a.example.com]}, {" + http + ", hosts: [a.example.com]}]", host: "a.example.com"},
		"GRPC-Web, in small letters":         {servers: "[{port: {number: 80, protocol: grpc-web, name: http}, hosts: ['*']}]", host: "a.example.com"},
		"HTTPS":                              {servers: "[{" + https + ", hosts: [a.example.com]}]", host: "a.example.com"},
		"HTTPS, to which HTTP redirects":     {servers: "[{" + to + ", hosts: [a.example.com]}, {" + https + ", hosts: [a.example.com]}]", host: "a.example.com"},
		"both in the same capital":           {servers: "[{" + http + ", hosts: [A.example.com]}]", host: "A.example.com"},
		"another's redirect on another port": {servers: "[{" + http + ", hosts: ['*']}]", others: "[{port: {number: 81, protocol: HTTP, name: http}, tls: {httpsRedirect: true}, hosts: ['*']}]", host: "*"},
		"another's TLS for another host":     {servers: "[{" + https + ", hosts: [a.example.com]}]", others: "[{" + https + ", hosts: ['*.example.com']}]", host: "a.example.com"},

		"no server at all": {servers: "[]", host: "a.example.com",
			says: "no HTTP server of Gateway edge/gw serves host a.example.com for namespace edge (rule base/a.example.com): it has no HTTP server: add one that has the host"},
		"another host": {servers: "[{" + http + ", hosts: [other.example.com, '*.example.org']}]", host: "a.example.com",
			says: "(rule base/a.example.com): its HTTP servers have *.example.org, other.example.com: add the host to a server with protocol HTTP, or correct the rule's hosts"},
		"another namespace": {servers: "[{" + http + ", hosts: [shop/a.example.com]}]", host: "a.example.com",
			says: "its server on port 80 has it for VirtualServices of namespace shop only: add it there as edge/<host>"},
		"no namespace": {servers: "[{" + http + ", hosts: [~/a.example.com]}]", host: "a.example.com", says: "of namespace ~ only"},
		"everything of another namespace": {servers: "[{" + http + ", hosts: ['shop/*']}]", host: "*",
			says: "serves host * for namespace edge (rule base/*): its server on port 80 has it for VirtualServices of namespace shop only"},
		"TLS passed on": {servers: "[{port: {number: 443, protocol: HTTPS, name: https}, tls: {mode: PASSTHROUGH}, hosts: ['*']}]", host: "a.example.com",
			says: "its server on port 443 passes TLS on unread (tls.mode PASSTHROUGH): let it end TLS (mode SIMPLE), or add the host to a server with protocol HTTP"},
		"TLS, without HTTP": {servers: "[{port: {number: 443, protocol: TLS, name: tls}, tls: {mode: SIMPLE, credentialName: x}, hosts: ['*']}]", host: "a.example.com",
			says: "its server on port 443 has protocol TLS: add the host to a server with protocol HTTP, or HTTPS that ends TLS"},
		"TCP": {servers: "[{port: {number: 80, protocol: TCP, name: tcp}, hosts: ['*']}]", host: "*", says: "its server on port 80 has protocol TCP"},
		"another case": {servers: "[{" + http + ", hosts: [A.example.com]}]", host: "a.example.com",
			says: "its server on port 80 has it as A.example.com, and Istio compares letter by letter: write both in the same case"},
		"a name without a dot": {servers: "[{" + http + ", hosts: [shop]}]", host: "shop",
			says: "Istio reads it as shop.edge.svc.cluster.local: write the host with its domain"},
		"only a redirect": {servers: "[{" + to + ", hosts: [a.example.com]}]", host: "a.example.com",
			says: "server a.example.com (port 80) of Gateway edge/gw only redirects it to HTTPS (tls.httpsRedirect): add an HTTPS server that has the host, or take httpsRedirect off"},
		"a redirect, though another server has it too": {servers: "[{" + to + ", hosts: [a.example.com]}, {" + http + ", hosts: ['*']}]", host: "a.example.com", says: "only redirects"},
		"a redirect, and HTTPS for another namespace":  {servers: "[{" + to + ", hosts: [a.example.com]}, {" + https + ", hosts: [shop/a.example.com]}]", host: "a.example.com", says: "only redirects"},
		"another's port": {servers: "[{" + http + ", hosts: ['*']}]", others: "[{port: {number: 80, protocol: TCP, name: tcp}, hosts: ['*']}]", host: "*",
			says: "its server on port 80 is left out by Istio, since server * (port 80) of Gateway shop/other has the port for another protocol: give one of the two another port"},
		"another's TLS for the host": {servers: "[{" + https + ", hosts: [a.example.com]}]", others: "[{" + https + ", hosts: [b.example.com, a.example.com]}]", host: "a.example.com",
			says: "its server on port 443 is left out by Istio, since server b.example.com, a.example.com (port 443) of Gateway shop/other has the same host: take the host out of one of the two; spec.ingress.gateway is to name the Gateway of the other"},
		"another's redirect": {servers: "[{" + http + ", hosts: ['*']}]", others: "[{" + to + ", hosts: [a.example.com]}]", host: "a.example.com",
			says: "server a.example.com (port 80) of Gateway shop/other only redirects it to HTTPS (tls.httpsRedirect): add an HTTPS server that has the host, or take httpsRedirect off"},
	} {
		t.Run(name, func(t *testing.T) {
			problem, none := onServers(t, tc.servers, tc.others, tc.host).Unserved()
			if tc.says == "" {
				assert.Nil(t, problem)
			} else if assert.NotNil(t, problem) {
				assert.Equal(t, apiv1.ReasonGatewayDoesNotServe, problem.Reason)
				assert.Contains(t, problem.Message, tc.says)
			}
			assert.Equal(t, tc.says != "" && !strings.Contains(tc.says, "serves only"), none)
		})
	}
}

// One host that is not served is enough, and every rule that asks for it is named.
func TestRulesThatCannotBeMetAreNamed(t *testing.T) {
	in := onServers(t, "[{port: {number: 80, protocol: HTTP, name: http}, hosts: [a.example.com, shop/b.example.com]}]", "",
		"a.example.com", "b.example.com", "c.example.com", "d.example.com")
	in.Routes = append(in.Routes, Route{Name: "canary/c", Hosts: []string{"a.example.com", "c.example.com"}})
	problem, _ := in.Unserved()
	require.NotNil(t, problem)
	assert.Equal(t, "no HTTP server of Gateway edge/gw serves host b.example.com for namespace edge (rule base/b.example.com): its server on port 80 has it for VirtualServices of namespace shop only: add it there as edge/<host>; "+
		"no HTTP server of Gateway edge/gw serves host c.example.com, d.example.com for namespace edge (rule base/c.example.com, base/d.example.com, canary/c): its HTTP servers have a.example.com, shop/b.example.com: add the host to a server with protocol HTTP, or correct the rule's hosts", problem.Message)
}

// Our VirtualService has a wider host than the rule. A request meets the virtual
// host that is nearest to its own.
func TestTheNearestVirtualHostAnswers(t *testing.T) {
	in := onServers(t, "[{port: {number: 80, protocol: HTTP, name: to}, tls: {httpsRedirect: true}, hosts: ['*.a.example']}, {port: {number: 80, protocol: HTTP, name: http}, hosts: ['*.example']}]", "", "*.example")
	in.Routes = []Route{{Name: "base/x", Hosts: []string{"x.a.example"}}}
	problem, _ := in.Unserved()
	require.NotNil(t, problem)
	assert.Contains(t, problem.Message, "server *.a.example (port 80) of Gateway edge/gw only redirects it to HTTPS")
	in.Routes[0].Hosts = []string{"x.b.example"}
	problem, _ = in.Unserved()
	assert.Nil(t, problem)
}
