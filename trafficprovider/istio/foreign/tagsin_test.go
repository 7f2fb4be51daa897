package foreign

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

func TestWhichRoutesLetTagsIn(t *testing.T) {
	gateway := read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}")
	const to = "route: [{destination: {host: front}}]"
	for name, tc := range map[string]struct {
		spec string
		in   bool
	}{
		"a route":                         {"{hosts: ['*'], http: [{" + to + "}]}", true},
		"one that sets the tag":           {"{hosts: ['*'], http: [{headers: {request: {set: {X-Tag: base}}}, " + to + "}]}", false},
		"one that removes it":             {"{hosts: ['*'], http: [{headers: {request: {remove: [X-TAG]}}, " + to + "}]}", false},
		"one that adds to it":             {"{hosts: ['*'], http: [{headers: {request: {add: {x-tag: base}}}, " + to + "}]}", true},
		"one that removes another header": {"{hosts: ['*'], http: [{headers: {request: {remove: [x-other]}}, " + to + "}]}", true},
		"of two destinations one sets it": {"{hosts: ['*'], http: [{route: [{weight: 1, destination: {host: a}, headers: {request: {set: {x-tag: base}}}}, {weight: 1, destination: {host: b}}]}]}", true},
		"both do":                         {"{hosts: ['*'], http: [{route: [{destination: {host: a}, headers: {request: {remove: [x-tag]}}}]}]}", false},
		"a redirect":                      {"{hosts: ['*'], http: [{redirect: {uri: /}}]}", false},
		"an answer":                       {"{hosts: ['*'], http: [{directResponse: {status: 200}}]}", false},
		"delegated":                       {"{hosts: ['*'], http: [{delegate: {name: x}}]}", true},
		"the answer's headers":            {"{hosts: ['*'], http: [{headers: {response: {remove: [x-tag]}}, " + to + "}]}", true},
		"seen by others only":             {"{hosts: ['*'], exportTo: ['.'], http: [{" + to + "}]}", false},
		"no HTTP":                         {"{hosts: ['*'], tcp: [{" + to + "}]}", false},
	} {
		t.Run(name, func(t *testing.T) {
			vs := read[networkingv1.VirtualService](t, "metadata: {name: user, namespace: shop}\nspec: "+tc.spec)
			vs.Spec.Gateways = []string{"edge/gw"}
			notes := Ingress{Gateway: gateway}.LetTagsIn([]*networkingv1.VirtualService{vs}, "x-tag", nobodys)
			if !tc.in {
				assert.Empty(t, notes)
				return
			}
			require.Len(t, notes, 1)
			assert.Equal(t, "clients can choose a lane by sending the header x-tag themselves, through VirtualService shop/user (route 1): add the header to headers.request.remove of these routes", notes[0].Message)
		})
	}
}

func TestManyWaysInAreOneNote(t *testing.T) {
	gateway := read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}")
	var all []*networkingv1.VirtualService
	for i := range 7 {
		all = append(all, read[networkingv1.VirtualService](t, fmt.Sprintf(
			"metadata: {name: user-%d, namespace: edge}\nspec: {gateways: [gw], hosts: ['*'], http: [{name: front, route: [{destination: {host: front}}]}]}", i)))
	}
	notes := Ingress{Gateway: gateway}.LetTagsIn(all, "x-tag", nobodys)
	require.Len(t, notes, 1)
	assert.Contains(t, notes[0].Message, "VirtualService edge/user-2 (route front) and 4 more: add the header")
}

// The entry of another group is written by us, and no edit of it lasts.
func TestTagsThatComeByAnotherGroupsEntryHaveAnotherCure(t *testing.T) {
	gateway := read[networkingv1.Gateway](t, "metadata: {name: gw, namespace: edge}\nspec: {servers: [{port: {number: 80, protocol: HTTP, name: http}, hosts: ['*']}]}")
	entry := func(name, route string) *networkingv1.VirtualService {
		return read[networkingv1.VirtualService](t, "metadata: {name: "+name+", namespace: edge}\nspec: {gateways: [gw], hosts: ['*'], http: ["+route+"]}")
	}
	groupOf := func(vs *networkingv1.VirtualService) string {
		if vs.Name == "entry" {
			return "b"
		}
		return ""
	}
	open := "{name: front, route: [{destination: {host: front}}]}"
	stamps := "{name: front, headers: {request: {set: {x-tag: base}}}, route: [{destination: {host: front}}]}"
	notes := Ingress{Gateway: gateway}.LetTagsIn([]*networkingv1.VirtualService{entry("user", open), entry("entry", open)}, "x-tag", groupOf)
	require.Len(t, notes, 2)
	assert.Contains(t, notes[0].Message, "through VirtualService edge/user (route front): add the header to headers.request.remove of these routes")
	assert.Contains(t, notes[1].Message, "through VirtualService edge/entry of group b (route front): give the groups the same routeHeader and traceHeader, or Gateways of different pods")
	assert.Empty(t, Ingress{Gateway: gateway}.LetTagsIn([]*networkingv1.VirtualService{entry("entry", stamps)}, "x-tag", groupOf), "it has our header")
}

func nobodys(*networkingv1.VirtualService) string { return "" }
