package istio_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// twoLanes are two gray lanes' rules and everybody's, to a Service that is in both lanes.
func twoLanes(canary, s2 string) lane.Group {
	g := lane.Group{Name: groupName, Tag: lane.Tag{RouteHeader: routeHeader}, Baseline: "base", Services: []types.NamespacedName{key("default/mocka")},
		Ingress: &lane.Ingress{Gateway: key("istio-system/ingressgateway")}}
	for name, prefix := range map[string]string{"base": "/", "canary": canary, "s2": s2} {
		rule := lane.IngressRule{Name: "r", Service: key("default/mocka"), RequestMatch: lane.RequestMatch{
			Hosts: []string{name + ".example.com"}, URI: &lane.Match{Kind: lane.MatchPrefix, Value: prefix}}}
		if name == "canary" {
			rule.Headers = map[string]lane.Match{"x-tag": {Kind: lane.MatchExact, Value: "canary"}}
		}
		g.Lanes = append(g.Lanes, lane.Lane{Name: name, Selector: map[string]string{"tag": name}, Rules: []lane.IngressRule{rule}})
	}
	slices.SortFunc(g.Lanes, func(a, b lane.Lane) int { return strings.Compare(a.Name, b.Name) })
	return g
}

func (s *strict) applyEntry(t *testing.T, g lane.Group) (trafficprovider.Outcome, error) {
	t.Helper()
	service := servicePlan{Service: "default/mocka", Baseline: map[string]map[string]string{"base": {"tag": "base"}}, Labelled: true,
		Gray: map[string]map[string]string{"canary": {"tag": "canary"}, "s2": {"tag": "s2"}}, Others: []string{"canary", "s2"}}.plan()
	service.Ingress = true
	for range 3 {
		s.apply(t, service)
		s.now = s.now.Add(settle)
	}
	s.apply(t, service)
	require.NoError(t, client.IgnoreAlreadyExists(s.client.Create(t.Context(), newGateway(g.Ingress.Gateway))))
	live, err := s.Ingress(t.Context(), g.Name, g.Ingress.Gateway)
	require.NoError(t, err)
	of, err := s.Service(t.Context(), g.Name, service.Service)
	require.NoError(t, err)
	plan := lane.ComputeIngress(lane.IngressSnapshot{Group: g, Plans: []lane.Plan{service}, Live: live.Routes(), TakenOver: live.TakenOver()})
	return s.ApplyIngress(t.Context(), plan, live, map[types.NamespacedName]trafficprovider.Live{service.Service: of})
}

// asked are the prefixes that the entry's routes ask for, and the hosts of the first match, by
// the routes' names.
func (s *strict) asked(t *testing.T) map[string][]string {
	t.Helper()
	found := &networkingv1.VirtualService{}
	require.NoError(t, s.client.Get(t.Context(), client.ObjectKey{Namespace: "istio-system", Name: "swimlane-ingress-vs-" + groupName}, found))
	out := map[string][]string{}
	for _, r := range found.Spec.Http {
		for _, m := range r.Match {
			out[r.Name] = append(out[r.Name], m.GetAuthority().GetRegex()+m.GetUri().GetPrefix())
		}
	}
	return out
}

// A rule that Istio alone knows to be wrong is left out, and the others come into force.
func TestARuleThatIstioRefusesIsLeftOut(t *testing.T) {
	s := newStrict(t)
	out, err := s.applyEntry(t, twoLanes("/a", "/unwanted"))
	require.NoError(t, err)
	require.Len(t, out.LeftOut, 1)
	assert.Equal(t, "ingress rule r of lane s2 is left out: the mesh does not take what it makes: configuration is invalid: unwanted", out.LeftOut[0].String())
	assert.Equal(t, []string{"base", "canary"}, out.Programmed)
	assert.Contains(t, s.asked(t), "canary/r")
	assert.NotContains(t, s.asked(t), "s2/r")

	out, err = s.applyEntry(t, twoLanes("/a", "/b"))
	require.NoError(t, err)
	assert.Empty(t, out.LeftOut)
	assert.Contains(t, s.asked(t), "s2/r", "and the rule that is corrected holds")
}

// A rule that has a route already keeps it, hosts and all, whatever becomes of the others.
func TestARuleThatIstioRefusesKeepsItsRoute(t *testing.T) {
	s := newStrict(t)
	_, err := s.applyEntry(t, twoLanes("/a", "/b"))
	require.NoError(t, err)
	was := s.asked(t)

	for range 2 {
		out, err := s.applyEntry(t, twoLanes("/c", "/unwanted"))
		require.NoError(t, err)
		require.Len(t, out.LeftOut, 1)
		assert.Equal(t, was["s2/r"], s.asked(t)["s2/r"])
		assert.Equal(t, []string{`(?i)canary\.example\.com(:[0-9]+)?/c`}, s.asked(t)["canary/r"])
	}
}

// Rules that all asked for the VirtualService's only host ask for it by themselves when others
// come.
func TestARouteInForceAsksForItsHosts(t *testing.T) {
	s := newStrict(t)
	alike := twoLanes("/a", "/b")
	for _, l := range alike.Lanes {
		l.Rules[0].Hosts = []string{"old.example.com"}
	}
	_, err := s.applyEntry(t, alike)
	require.NoError(t, err)
	assert.Equal(t, []string{"/b"}, s.asked(t)["s2/r"])

	for range 2 {
		_, err = s.applyEntry(t, twoLanes("/a", "/unwanted"))
		require.NoError(t, err)
		assert.Equal(t, []string{`(?i)old\.example\.com(:[0-9]+)?/b`}, s.asked(t)["s2/r"])
	}
}

// Where the rules are not why, a refusal is an error.
func TestWithoutARuleToBlameARefusalIsAnError(t *testing.T) {
	s := newStrict(t)
	g := twoLanes("/a", "/b")
	g.Baseline = "unwanted" // an annotation says so
	out, err := s.applyEntry(t, g)
	assert.Empty(t, out.LeftOut)
	require.ErrorContains(t, err, "denied the request")
}
