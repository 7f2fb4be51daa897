package foreign

import (
	"testing"

	"github.com/stretchr/testify/assert"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

func TestWhomASidecarHidesTheServiceFrom(t *testing.T) {
	for name, tc := range map[string]struct{ meta, spec, says string }{
		"no egress":                     {"name: s, namespace: default", "{ingress: [{port: {number: 80, protocol: HTTP, name: a}}]}", ""},
		"everything":                    {"name: s, namespace: shop", "{egress: [{hosts: ['*/*']}]}", ""},
		"its own namespace":             {"name: s, namespace: default", "{egress: [{hosts: ['./*']}]}", ""},
		"its own namespace, elsewhere":  {"name: s, namespace: shop", "{egress: [{hosts: ['./*', 'istio-system/*']}]}", "Sidecar shop/s hides it from clients in namespace shop, whose calls to it fail or go past our routes: add it to the hosts of its egress, if they call it"},
		"the Service":                   {"name: s, namespace: shop", "{egress: [{hosts: ['default/mockb.default.svc.cluster.local']}]}", ""},
		"the Service, of any namespace": {"name: s, namespace: shop", "{egress: [{hosts: ['*/mockb.default.svc.cluster.local']}]}", ""},
		"others of its namespace":       {"name: s, namespace: default", "{egress: [{hosts: ['./mockc.default.svc.cluster.local']}]}", "clients in namespace default"},
		"a wider host":                  {"name: s, namespace: shop", "{egress: [{hosts: ['*/*.cluster.local']}]}", ""},
		"nothing":                       {"name: s, namespace: default", "{egress: [{hosts: ['~/*']}]}", "hides it"},
		"all but the Service":           {"name: s, namespace: default", "{egress: [{hosts: ['./*', '~./mockb.default.svc.cluster.local']}]}", "hides it"},
		"all but a namespace":           {"name: s, namespace: shop", "{egress: [{hosts: ['*/*', '~default/*']}]}", "hides it"},
		"all but the Service's name":    {"name: s, namespace: shop", "{egress: [{hosts: ['default/*', '~/mockb.default.svc.cluster.local']}]}", "hides it"},
		"all but others":                {"name: s, namespace: shop", "{egress: [{hosts: ['*/*', '~shop/*']}]}", ""},
		"its port":                      {"name: s, namespace: shop", "{egress: [{port: {number: 8000, protocol: HTTP, name: a}, hosts: ['*/*']}, {port: {number: 9000, protocol: HTTP, name: b}, hosts: ['*/*']}]}", ""},
		"another port":                  {"name: s, namespace: shop", "{egress: [{port: {number: 9999, protocol: HTTP, name: a}, hosts: ['*/*']}]}", "hides it from clients in namespace shop, whose calls to it fail or go past our routes: add it to the hosts of an egress listener without a port, or of one for port 8000, 9000, if they call it"},
		"one port of two":               {"name: s, namespace: shop", "{egress: [{port: {number: 8000, protocol: HTTP, name: a}, hosts: ['*/*']}]}", "hides its port 9000 from"},
		"others on its port":            {"name: s, namespace: shop", "{egress: [{port: {number: 8000, protocol: HTTP, name: a}, hosts: ['shop/*']}, {hosts: ['*/*']}]}", "hides its port 8000 from"},
		"a port beside all":             {"name: s, namespace: shop", "{egress: [{port: {number: 9999, protocol: HTTP, name: a}, hosts: ['shop/*']}, {hosts: ['*/*']}]}", ""},
		"a proxy for HTTP":              {"name: s, namespace: shop", "{egress: [{port: {number: 9999, protocol: HTTP_PROXY, name: a}, bind: 127.0.0.1, hosts: ['*/*']}]}", ""},
		"one listener of two":           {"name: s, namespace: shop", "{egress: [{hosts: ['./*']}, {hosts: ['default/*']}]}", ""},
		"of some pods":                  {"name: s, namespace: default", "{workloadSelector: {labels: {app: x}}, egress: [{hosts: ['~/*']}]}", "clients in namespace default that its workloadSelector selects"},
		"of everybody":                  {"name: s, namespace: istio-system", "{egress: [{hosts: ['./*']}]}", "clients in namespaces without a Sidecar of their own"},
	} {
		t.Run(name, func(t *testing.T) {
			f := CheckSidecar(read[networkingv1.Sidecar](t, "metadata: {"+tc.meta+"}\nspec: "+tc.spec), mockb, []int32{8000, 9000})
			if tc.says == "" {
				assert.Nil(t, f)
				return
			}
			if assert.NotNil(t, f) {
				assert.Equal(t, note, outcomeOf(f, false))
				assert.Contains(t, conflictOf([]Finding{*f}).Message, tc.says)
			}
		})
	}
}
