package foreign

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"lanekeeper.io/trafficprovider/istio/hostname"
)

// Whoever has a namespace may have any number of objects in it.
func TestNobodyMakesAMessageTooLong(t *testing.T) {
	many := func(f Finding) (out []Finding) {
		for i := range 1000 {
			f.object = fmt.Sprintf("DestinationRule shop/r%03d", i)
			out = append(out, f)
		}
		return out
	}
	c := Summarize(many(Finding{effect: "gives way", cure: "nothing"}), true)
	require.Len(t, c.Notes, maxNamed+1)
	assert.Equal(t, "DestinationRule shop/r000 gives way: nothing", c.Notes[0].Message)
	assert.Equal(t, "more objects of others are like these: 995", c.Notes[maxNamed].Message)

	c = Summarize(append(many(Finding{effect: "gives way"}), Finding{object: "VirtualService shop/v", effect: "breaks", blocks: true}), true)
	assert.Contains(t, fmt.Sprint(c.Notes), "VirtualService shop/v breaks", "what matters more is named first")

	c = Summarize(many(Finding{effect: "decides", cure: "delete it", decides: true, blocks: true}), false)
	assert.Contains(t, c.Block.Message, "DestinationRule shop/r004 decides: delete it; and 995 more")
	assert.Len(t, Summarize(many(Finding{})[:maxNamed], true).Notes, maxNamed)
}

// Nothing limits what is in a list of hosts, or how long a route's name is.
func TestNobodysListsMakeAMessageTooLong(t *testing.T) {
	var list []string
	for i := range 1000 {
		list = append(list, fmt.Sprintf("n%03d.", i)+strings.Repeat("x", 1000))
	}
	long := strings.Repeat("x", 250_000)
	routes := &networkingv1.VirtualService{Spec: networkingapi.VirtualService{Hosts: []string{hostname.Of(mockb)}, ExportTo: list}}
	servers := server{Server: &networkingapi.Server{Hosts: list, Port: &networkingapi.Port{Protocol: long}}, gateway: &networkingv1.Gateway{}}
	in := Ingress{Gateway: servers.gateway, VirtualService: routes}
	_, unread := in.lack(list[0], servers, nil)
	for name, message := range map[string]string{
		"who sees a VirtualService": CheckRoutes(routes, nil, mockb, chain).effect,
		"its hosts on the Gateway":  entryOf(&networkingv1.VirtualService{Spec: networkingapi.VirtualService{Hosts: list}}, ""),
		"the host of a rule":        describe("DestinationRule", routes, long),
		"the name of a route":       routeName(&networkingapi.HTTPRoute{Name: long}, 0),
		"the hosts of a server":     servers.String(),
		"its protocol":              unread.why,
		"the nearer host":           Ingress{}.differentHosts("*.com", []string{long + ".com"}).effect,
	} {
		assert.Less(t, len(message), 1000, name)
	}
	assert.Contains(t, CheckRoutes(routes, nil, mockb, chain).effect, " and 997 more: they do not follow lanes")
}
