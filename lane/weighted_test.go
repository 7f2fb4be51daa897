package lane

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// byWeight is a chain whose baseline has a share of 60, and its lanes one of 20 each, at mocka.
func byWeight(gray ...string) Group {
	g := chain(gray...)
	g.Services = append(g.Services, mocka)
	g.Ingress = &Ingress{
		Gateway:  types.NamespacedName{Namespace: "istio-system", Name: "ingressgateway"},
		Weighted: []IngressRule{{Name: "requestMatches[0]", RequestMatch: RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchPrefix, "/"}}}},
	}
	for i, l := range g.Lanes {
		g.Lanes[i].Share, g.Lanes[i].Weight = &IngressRule{Service: mocka, Host: "mocka.default"}, 20
		if l.Name == "base" {
			g.Lanes[i].Weight = 60
		}
	}
	return g
}

func TestSharesByWeight(t *testing.T) {
	type share struct {
		lane   string
		weight int32
		inLane bool
	}
	all := []share{{"base", 60, true}, {"canary", 20, true}, {"s2", 20, false}}
	s2 := func(edit func(*Lane)) func(*Group) { return func(g *Group) { edit(&g.Lanes[2]) } }
	for name, tc := range map[string]struct {
		edit    func(*Group)
		want    []share
		says    string
		leftOut string
	}{
		"as it stands": {func(*Group) {}, all,
			"by weight: base 60 %, canary 20 %, s2 20 %; default/mocka is not in lane s2: the share carries the tag, and meets lane base there", ""},
		"a lane without a share": {s2(func(l *Lane) { l.Share, l.Weight = nil, 0 }), all[:2],
			"by weight: base 75 %, canary 25 % (the weights sum to 80, and are relative)", ""},
		"a share of nothing": {s2(func(l *Lane) { l.Weight = 0 }), all[:2],
			"by weight: base 75 %, canary 25 % (the weights sum to 80, and are relative)", ""},
		"a lane that goes": {s2(func(l *Lane) { l.Deleting = true }), all[:2],
			"by weight: base 75 %, canary 25 % (the weights sum to 80, and are relative)", ""},
		"a baseline that goes": {func(g *Group) { g.Lanes[0].Deleting = true }, all,
			"by weight: base 60 %, canary 20 %, s2 20 %; default/mocka is not in lane s2: the share carries the tag, and meets lane base there", ""},
		"all to one gray lane": {func(g *Group) { g.Lanes[0].Weight, g.Lanes[2].Weight = 0, 0 }, all[1:2],
			"by weight: canary 100 % (the weights sum to 20, and are relative)", ""},
		"no weight at all": {func(g *Group) {
			for i := range g.Lanes {
				g.Lanes[i].Weight = 0
			}
		}, []share{{"base", 0, true}}, "no lane has a weight, so that all requests enter lane base, the baseline", ""},
		"another Service": {s2(func(l *Lane) { l.Share = &IngressRule{Service: mockb} }), all[:2],
			"by weight: base 75 %, canary 25 % (the weights sum to 80, and are relative)",
			"ingressWeight of lane s2 is left out: it goes to default/mockb, and the requests are shared out at default/mocka, as lane base says: let both name one Service and one port"},
		"another port": {s2(func(l *Lane) { l.Share = &IngressRule{Service: mocka, Port: 9000} }), all[:2],
			"by weight: base 75 %, canary 25 % (the weights sum to 80, and are relative)",
			"ingressWeight of lane s2 is left out: it goes to default/mocka port 9000, and the requests are shared out at default/mocka, as lane base says: let both name one Service and one port"},
	} {
		t.Run(name, func(t *testing.T) {
			g := byWeight("canary", "s2")
			tc.edit(&g)
			p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOfMocka("canary")}})
			require.Equal(t, StateManaged, p.State)
			require.Len(t, p.Routes, 1)
			r := p.Routes[0]
			assert.Equal(t, "weighted/requestMatches[0]", r.Name)
			assert.Equal(t, int32(8000), r.Port)
			var got []share
			for _, d := range r.Destinations {
				got = append(got, share{d.Lane, d.Weight, d.InLane})
				assert.Equal(t, d.Lane, d.Tag)
				assert.Equal(t, ReasonWeight, d.Why.Reason)
			}
			assert.Equal(t, tc.want, got)
			assert.Equal(t, tc.says, p.Shares())
			if tc.leftOut == "" {
				assert.Empty(t, p.LeftOut)
				return
			}
			require.Len(t, p.LeftOut, 1)
			assert.Equal(t, tc.leftOut, p.LeftOut[0].String())
		})
	}
}

func TestAnEntryByWeightWithoutShares(t *testing.T) {
	g := byWeight()
	g.Lanes[0].Share = nil
	assert.Equal(t, StateWithdrawn, ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOfMocka()}, TakenOver: true}).State)
	assert.Empty(t, g.IngressServices())
}

// Where the baseline has no share, the first lane that has one says which Service it is.
func TestTheIngressServiceOfAnEntryByWeight(t *testing.T) {
	g := byWeight("canary", "s2")
	g.Lanes[0].Share, g.Lanes[1].Weight, g.Lanes[1].Share = nil, 0, &IngressRule{Service: mockb}
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf(), planOfMocka()}})
	require.Len(t, p.Routes, 1)
	assert.Equal(t, mocka, p.Routes[0].Service)
	assert.Equal(t, []types.NamespacedName{mocka, mockb}, g.IngressServices())
}

// An alternative that no proxy takes leaves the others as they are, and keeps what it was.
func TestAnAlternativeIsLeftOut(t *testing.T) {
	g := byWeight("canary")
	bad := IngressRule{Name: "requestMatches[1]", RequestMatch: RequestMatch{Hosts: []string{"*"}}, Problem: &Problem{apiv1.ReasonInvalid, "bad"}}
	g.Ingress.Weighted = append(g.Ingress.Weighted, bad)
	was := LiveRoute{RequestMatch: RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchExact, "/was"}}, Readable: true, Service: mocka, Port: 8000}

	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOfMocka("canary")}, TakenOver: true, Live: map[string]LiveRoute{"weighted/requestMatches[1]": was}})

	require.Len(t, p.LeftOut, 1)
	assert.Equal(t, "weightedRoutingRule (requestMatches[1]) stays as it was: bad", p.LeftOut[0].String())
	require.Len(t, p.Routes, 2)
	for _, r := range p.Routes {
		assert.Len(t, r.Destinations, 2, "the lanes share out whatever there is")
	}
	assert.Len(t, p.Rules(), 1, "what stays is not asked about")
}

// Nothing is the baseline's while that moves: its share loses the tag.
func TestAShareWhileTheBaselineMoves(t *testing.T) {
	p := ComputeIngress(IngressSnapshot{Group: byWeight("canary"), Plans: []Plan{planOfMocka("canary")}, TakenOver: true, Moving: true})
	require.Len(t, p.Routes, 1)
	assert.Empty(t, p.Routes[0].Destinations[0].Tag)
	assert.Equal(t, "canary", p.Routes[0].Destinations[1].Tag)
}

func TestRulesOfAGroupByWeight(t *testing.T) {
	p := byWeight("canary").RulesOf("base")
	require.Len(t, p.Rules(), 1)
	assert.Equal(t, "weighted/requestMatches[0]", p.Rules()[0].Plan.Routes[0].Name)
	assert.Equal(t, mockb, p.Rules()[0].Plan.Routes[0].Service, "the mesh takes no route to nothing")
}

// Group and lanes are edited one after the other, and whoever enters does so meanwhile.
func TestAStrategyOfWhichNoLaneSaysAnything(t *testing.T) {
	for name, strategy := range map[string]apiv1.IngressRoutingStrategy{"full-chain/3-lanes.yaml": apiv1.StrategyWeighted, "baggage-lanes/2-lanes.yaml": apiv1.StrategyRuleBased} {
		folder, file, _ := strings.Cut(name, "/")
		group, lanes := sample(t, folder, file)
		for i := range lanes {
			if strategy == apiv1.StrategyWeighted {
				lanes[i].Spec.IngressWeight = apiv1.IngressWeight{}
			}
		}
		group.Spec.Ingress.IngressRouting.IngressRoutingStrategy = strategy
		g, problem := NewGroup(group, lanes)
		require.Nil(t, problem)
		for takenOver, want := range map[bool]State{true: StateFrozen, false: StatePending} {
			p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOfMocka()}, TakenOver: takenOver})
			require.Equal(t, want, p.State, name)
			assert.Contains(t, p.Problem.Message, "which strategy "+string(strategy)+" of the group uses")
		}
		for i := range lanes {
			lanes[i].Spec.IngressWeight, lanes[i].Spec.IngressRules = apiv1.IngressWeight{}, nil
		}
		g, _ = NewGroup(group, lanes)
		assert.Equal(t, StateWithdrawn, ComputeIngress(IngressSnapshot{Group: g, TakenOver: true}).State, "nobody says anything at all")
	}
}
