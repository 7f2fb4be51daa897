package foreign

import (
	"testing"

	"github.com/stretchr/testify/assert"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

func TestAGatewayServesWhatItsServersAndTheRoutesBothHave(t *testing.T) {
	for name, tc := range map[string]struct{ server, hosts, want []string }{
		"any server":                      {[]string{"*"}, []string{"a.example.com", "*"}, []string{"*", "a.example.com"}},
		"the nearer of both":              {[]string{"a.example.com"}, []string{"*"}, []string{"a.example.com"}},
		"the server is for others":        {[]string{"other/*"}, []string{"a.example.com"}, nil},
		"the server is for nobody":        {[]string{"~/*"}, []string{"a.example.com"}, nil},
		"the server is for the namespace": {[]string{"default/*.example.com"}, []string{"a.example.com"}, []string{"a.example.com"}},
		"the server is for its own":       {[]string{"./a.example.com"}, []string{"a.example.com"}, nil},
		"the server is for all":           {[]string{"*/*.example.com"}, []string{"*.com"}, []string{"*.example.com"}},
		"another host":                    {[]string{"b.example.com"}, []string{"a.example.com"}, nil},
		"another case":                    {[]string{"A.example.com"}, []string{"a.example.com"}, nil},
		"another case of a wildcard":      {[]string{"*.Example.com"}, []string{"a.example.com"}, nil},
		"the same capital":                {[]string{"A.example.com", "*"}, []string{"A.example.com"}, []string{"a.example.com"}},
		"a wildcard is of no other case":  {[]string{"*"}, []string{"A.example.com", "a.example.com"}, []string{"a.example.com"}},
		"a name without a dot":            {[]string{"shop"}, []string{"shop"}, nil},
		"a name without a dot, anywhere":  {[]string{"*"}, []string{"shop"}, []string{"shop.default.svc.cluster.local"}},
	} {
		t.Run(name, func(t *testing.T) {
			gateway, vs := &networkingv1.Gateway{}, &networkingv1.VirtualService{}
			gateway.Namespace, vs.Namespace, vs.Spec.Hosts = "edge", "default", tc.hosts
			s := server{Server: &networkingapi.Server{Hosts: tc.server}, gateway: gateway}
			assert.Equal(t, tc.want, s.served(vs))
		})
	}
	own, gateway := &networkingv1.VirtualService{}, &networkingv1.Gateway{}
	own.Namespace, gateway.Namespace, own.Spec.Hosts = "edge", "edge", []string{"a.example.com"}
	assert.Equal(t, own.Spec.Hosts, server{Server: &networkingapi.Server{Hosts: []string{"./*"}}, gateway: gateway}.served(own))
}

// Two Gateways of one workload, the second older than the first.
func TestIstioLeavesServersOutThatDoNotGoTogether(t *testing.T) {
	const simple = "tls: {mode: SIMPLE, credentialName: x}"
	for name, tc := range map[string]struct {
		younger, older string
		want           []string // kept, of the younger Gateway
	}{
		"plain servers share a port":    {"{port: {number: 80, protocol: HTTP, name: a}, hosts: [a]}", "{port: {number: 80, protocol: HTTP2, name: b}, hosts: [a]}", []string{"a"}},
		"a port for something else":     {"{port: {number: 80, protocol: HTTP, name: a}, hosts: [a]}", "{port: {number: 80, protocol: TCP, name: b}, hosts: ['*']}", nil},
		"HTTPS on a plain port":         {"{port: {number: 80, protocol: HTTPS, name: a}, hosts: [a], " + simple + "}", "{port: {number: 80, protocol: HTTP, name: b}, hosts: [b]}", nil},
		"another address":               {"{port: {number: 80, protocol: HTTP, name: a}, bind: 10.0.0.1, hosts: [a]}", "{port: {number: 80, protocol: TCP, name: b}, hosts: ['*']}", []string{"a"}},
		"another port":                  {"{port: {number: 81, protocol: HTTP, name: a}, hosts: [a]}", "{port: {number: 80, protocol: TCP, name: b}, hosts: ['*']}", []string{"a"}},
		"TLS for the same host":         {"{port: {number: 443, protocol: HTTPS, name: a}, hosts: [a, b], " + simple + "}", "{port: {number: 443, protocol: HTTPS, name: b}, hosts: ['*/b'], " + simple + "}", nil},
		"TLS for the same host, passed": {"{port: {number: 443, protocol: HTTPS, name: a}, hosts: [a], " + simple + "}", "{port: {number: 443, protocol: TLS, name: b}, hosts: [a], tls: {mode: PASSTHROUGH}}", nil},
		"TLS for another host":          {"{port: {number: 443, protocol: HTTPS, name: a}, hosts: [a], " + simple + "}", "{port: {number: 443, protocol: HTTPS, name: b}, hosts: ['*'], " + simple + "}", []string{"a"}},
		"TLS in another case":           {"{port: {number: 443, protocol: HTTPS, name: a}, hosts: [a], " + simple + "}", "{port: {number: 443, protocol: HTTPS, name: b}, hosts: [A], " + simple + "}", []string{"a"}},
	} {
		t.Run(name, func(t *testing.T) {
			younger := read[networkingv1.Gateway](t, "metadata: {name: a, creationTimestamp: 2026-01-01T12:00:00Z}\nspec: {servers: ["+tc.younger+"]}")
			older := read[networkingv1.Gateway](t, "metadata: {name: b, creationTimestamp: 2026-01-01T11:00:00Z}\nspec: {servers: ["+tc.older+"]}")
			var kept []string
			for i, s := range serversOf(younger, older) {
				if i == 0 {
					assert.Same(t, older, s.gateway)
					assert.False(t, s.isDropped())
				} else if !s.isDropped() {
					kept = append(kept, s.GetPort().GetName())
				}
			}
			assert.Equal(t, tc.want, kept)
		})
	}
}
