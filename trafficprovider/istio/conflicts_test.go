package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"lanekeeper.io/lane"
)

// An ingress of another group is told from a foreign VirtualService by its labels.
func TestAnIngressOfAnotherGroupKeepsNobodyOut(t *testing.T) {
	everything := []*networkingapi.HTTPRoute{{Name: "all"}}
	ours := newRoutes("edge", "swimlane-ingress-vs-rollout", []string{"edge/gw"}, "*")
	beside := newRoutes("edge", "swimlane-ingress-vs-b", []string{"edge/gw"}, "*")
	ours.Spec.Http, beside.Spec.Http = everything, everything
	gateway := edgeGateway()
	l := &liveIngress{gateway: gateway, foreign: []*networkingv1.VirtualService{beside}}
	routes := []resolvedRoute{{IngressRoute: lane.IngressRoute{Name: "all", RequestMatch: lane.RequestMatch{Hosts: []string{"*"}}}}}
	plan := lane.IngressPlan{Group: "rollout", Gateway: nameOf(gateway)}

	assert.NotNil(t, l.conflicts(plan, ours, routes).Block, "a foreign VirtualService does")

	beside.Labels = ingressLabels("b")
	c := l.conflicts(plan, ours, routes)
	assert.Nil(t, c.Block)
	require.NotNil(t, c.Problem)
	assert.Contains(t, c.Problem.Message, "VirtualService edge/swimlane-ingress-vs-b (host *) of group b is on the same Gateway and comes first")
}

// What a client may send through another group's entry is cured at the groups, also where
// that entry is on a Gateway of the same pods in another namespace.
func TestAnEntryOfAnotherGroupIsNotToBeEdited(t *testing.T) {
	gateway, other := edgeGateway(), edgeGateway()
	other.Namespace = "shop"
	for name, entry := range map[string]*networkingv1.VirtualService{
		"on the Gateway": newRoutes("edge", "swimlane-ingress-vs-b", []string{"edge/gw"}, "*"),
		"beside it":      newRoutes("shop", "swimlane-ingress-vs-b", []string{"shop/gw"}, "*"),
	} {
		entry.Labels = ingressLabels("b")
		l := &liveIngress{gateway: gateway, beside: []*networkingv1.Gateway{other}}
		assert.Equal(t, "b", l.groupOf(entry), name)
		entry.Namespace = "tenant"
		assert.Empty(t, l.groupOf(entry), "anybody may call his so")
	}
}

func TestRoutesBeforeARuleForEverythingAreNotedBesideTheRest(t *testing.T) {
	ours := newRoutes("edge", "swimlane-ingress-vs-rollout", []string{"edge/gw"}, "*")
	theirs := newRoutes("edge", "users", []string{"edge/gw"}, "*")
	ours.Spec.Http = []*networkingapi.HTTPRoute{{Name: "all"}}
	theirs.Spec.Http = []*networkingapi.HTTPRoute{{Name: "shop", Match: []*networkingapi.HTTPMatchRequest{{
		Uri: &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Prefix{Prefix: "/shop"}}}}}}
	l := &liveIngress{gateway: edgeGateway(), foreign: []*networkingv1.VirtualService{theirs}}
	plan := lane.IngressPlan{Group: "rollout", Gateway: nameOf(l.gateway), Tag: lane.Tag{RouteHeader: "x-tag"}}
	c := l.conflicts(plan, ours, []resolvedRoute{{IngressRoute: lane.IngressRoute{Name: "all", RequestMatch: lane.RequestMatch{Hosts: []string{"*"}}}}})
	assert.Nil(t, c.Block)
	assert.Nil(t, c.Problem)
	require.NotEmpty(t, c.Notes)
	assert.Contains(t, c.Notes[0].Message, "its route shop takes requests that rule all asks for, since a rule for everything comes last")
}

// A group does not leave a Gateway for one that has not got its hosts; one that is on it says so.
func TestAnEntryDoesNotMoveToAGatewayWithoutItsHosts(t *testing.T) {
	next := edgeGateway()
	for _, s := range next.Spec.Servers {
		s.Hosts = []string{"other.example.com"}
	}
	entry := newRoutes("edge", "swimlane-ingress-vs-rollout", []string{"edge/old"}, "a.example.com")
	plan := lane.IngressPlan{Group: "rollout", Gateway: nameOf(next), Tag: lane.Tag{RouteHeader: "x-tag"}}
	for name, tc := range map[string]struct {
		gateways []string
		blocked  bool
	}{"on another one": {[]string{"edge/old"}, true}, "on this one": {[]string{nameOf(next).String()}, false}} {
		entry.Spec.Gateways = tc.gateways
		l := &liveIngress{gateway: next, ours: []*networkingv1.VirtualService{entry}}
		c := l.conflicts(plan, entry, []resolvedRoute{{IngressRoute: lane.IngressRoute{Name: "all", RequestMatch: lane.RequestMatch{Hosts: []string{"a.example.com"}}}}})
		assert.Equal(t, tc.blocked, c.Block != nil, name)
		assert.Equal(t, !tc.blocked, c.Problem != nil, name)
	}
}
