package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
)

func routeNames(p IngressPlan) (made, inForce []string) {
	for _, r := range p.Routes {
		if r.AsInForce {
			inForce = append(inForce, r.Name)
		} else {
			made = append(made, r.Name)
		}
	}
	return made, inForce
}

// liveRoute is one that asks for a path of its own, to mockb.
func liveRoute(uri string, headers ...string) LiveRoute {
	r := LiveRoute{Readable: true, Service: mockb, Port: 8000, RequestMatch: RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchPrefix, uri}}}
	for _, name := range headers {
		if r.Headers == nil {
			r.Headers = map[string]Match{}
		}
		r.Headers[name] = Match{MatchExact, "v"}
	}
	return r
}

func TestAnInvalidRuleIsLeftOut(t *testing.T) {
	bad := &Problem{apiv1.ReasonInvalid, "its match.uri is bad"}
	elsewhere, edited := liveRoute("/old"), liveRoute("/old")
	elsewhere.Service.Name, edited.Readable = "other", false
	for name, tc := range map[string]struct {
		lane          string
		live          map[string]LiveRoute
		made, inForce []string
		says          string
	}{
		"a lane's": {"canary", nil,
			[]string{"s2/s2", "base/base", "base/base/default"}, nil,
			"ingress rule canary of lane canary is left out: its match.uri is bad"},
		"a lane's that has a route": {"canary", map[string]LiveRoute{"canary/canary": liveRoute("/old")},
			[]string{"s2/s2", "base/base", "base/base/default"}, []string{"canary/canary"},
			"ingress rule canary of lane canary stays as it was: its match.uri is bad"},
		"whose route is to a Service that is not the group's any more": {"canary", map[string]LiveRoute{"canary/canary": elsewhere},
			[]string{"s2/s2", "base/base", "base/base/default"}, []string{"canary/canary"},
			"ingress rule canary of lane canary stays as it was: its match.uri is bad"},
		"whose route somebody edited": {"canary", map[string]LiveRoute{"canary/canary": edited},
			[]string{"s2/s2", "base/base", "base/base/default"}, nil,
			"ingress rule canary of lane canary is left out: its match.uri is bad"},
		"that was the baseline's": {"canary", map[string]LiveRoute{"canary/canary": liveRoute("/old"), "canary/canary/default": liveRoute("/old")},
			[]string{"s2/s2", "base/base", "base/base/default"}, []string{"canary/canary"},
			"ingress rule canary of lane canary stays as it was: its match.uri is bad"},
		"the baseline's": {"base", nil,
			[]string{"canary/canary", "s2/s2"}, nil,
			"ingress rule base of lane base is left out: its match.uri is bad"},
		"the baseline's that has one": {"base", map[string]LiveRoute{"base/base": liveRoute("/old")},
			[]string{"canary/canary", "s2/s2"}, []string{"base/base"},
			"ingress rule base of lane base stays as it was: its match.uri is bad"},
		"the baseline's that has two": {"base", map[string]LiveRoute{"base/base": liveRoute("/old", "x-user"), "base/base/default": liveRoute("/old")},
			[]string{"canary/canary", "s2/s2"}, []string{"base/base", "base/base/default"},
			"ingress rule base of lane base stays as it was: its match.uri is bad"},
	} {
		t.Run(name, func(t *testing.T) {
			g := withIngress(chain("canary", "s2"))
			for _, l := range g.Lanes {
				if l.Name == tc.lane {
					l.Rules[0].Problem, l.Rules[0].Headers = bad, nil // nobody knows what the bad one asks for
				}
			}
			p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary", "s2")}, Live: tc.live})
			assert.Equal(t, StateManaged, p.State)
			made, inForce := routeNames(p)
			assert.Equal(t, tc.made, made)
			assert.Equal(t, tc.inForce, inForce)
			require.Len(t, p.LeftOut, 1)
			assert.Equal(t, tc.says, p.LeftOut[0].String())
			for _, r := range p.Routes {
				if r.AsInForce {
					assert.Equal(t, tc.live[r.Name].RequestMatch, r.RequestMatch)
					assert.Equal(t, tc.live[r.Name].Port, r.Port)
					assert.Equal(t, tc.live[r.Name].Service, r.Service)
					assert.Equal(t, r.Service != mockb, r.AsWritten)
					assert.Equal(t, tc.lane, r.Destinations[0].Tag)
				}
			}
		})
	}
}

// What is in force has its place by what it asks for, and not by what the bad rule does.
func TestARouteInForceHasItsPlace(t *testing.T) {
	g := withIngress(chain())
	rule := func(name, prefix string, problem *Problem) IngressRule {
		return IngressRule{Name: name, RequestMatch: RequestMatch{Hosts: []string{"*"}, URI: &Match{MatchPrefix, prefix}}, Service: mockb, Host: mockbHost, Problem: problem}
	}
	g.Lanes[0].Rules = []IngressRule{rule("root", "/a-long-and-bad-one", &Problem{}), rule("api", "/api", nil)}
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf()}, Live: map[string]LiveRoute{"base/root": liveRoute("/"), "base/api": liveRoute("/api")}})
	require.Len(t, p.Routes, 2)
	assert.Equal(t, "base/api", p.Routes[0].Name)
	assert.Equal(t, "base/root", p.Routes[1].Name)
}

// A port that the Service does not have loses nobody the route that is there.
func TestARuleToNoPortKeepsItsRoute(t *testing.T) {
	g := withIngress(chain("canary"))
	lane, _ := g.Lane("canary")
	lane.Rules[0].Port = 9999
	plan := planOf("canary")
	plan.Ports = []int32{8000}
	for port, want := range map[int32][]string{8000: {"canary/canary"}, 80: nil} {
		live := liveRoute("/mock")
		live.Port = port
		p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{plan}, Live: map[string]LiveRoute{"canary/canary": live}})
		_, inForce := routeNames(p)
		assert.Equal(t, want, inForce)
		require.Len(t, p.LeftOut, 1)
		assert.Equal(t, apiv1.ReasonPortNotFound, p.LeftOut[0].Reason)
	}
}

// Whatever a rule is called, it is that one which is left out.
func TestARuleCalledDefaultIsLeftOut(t *testing.T) {
	g := withIngress(chain("canary"))
	lane, _ := g.Lane("canary")
	lane.Rules[0].Name, lane.Rules[0].Problem = "default", &Problem{}
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}})
	made, _ := routeNames(p)
	assert.Equal(t, []string{"base/base", "base/base/default"}, made)
}

// The mesh is asked about every rule by itself, without patches, and not about what stays.
func TestRulesByThemselves(t *testing.T) {
	p := ComputeIngress(IngressSnapshot{Group: withIngress(chain("canary", "s2")), Plans: []Plan{planOf("canary")}})
	for i := range p.Routes {
		p.Routes[i].Policy = Policy{Route: []byte(`{}`)}
	}
	p = p.LeaveOut(LeftOut{Lane: "s2", Rule: "s2"}, map[string]LiveRoute{"s2/s2": liveRoute("/old")})
	var got []string
	for _, rule := range p.Rules() {
		require.Len(t, rule.Plan.Routes, 1)
		assert.Empty(t, rule.Plan.Routes[0].Policy)
		assert.Equal(t, p.Gateway, rule.Plan.Gateway)
		got = append(got, rule.Lane+" "+rule.Rule)
	}
	assert.Equal(t, []string{"canary canary", "base base"}, got)
	assert.Equal(t, Policy{Route: []byte(`{}`)}, p.Routes[0].Policy, "the plan itself stays as it is")
}

func TestRulesOfALane(t *testing.T) {
	g := withIngress(chain("canary"))
	p := g.RulesOf("canary")
	require.Len(t, p.Routes, 1)
	assert.Equal(t, "canary/canary", p.Routes[0].Name)
	assert.Equal(t, g.Ingress.Gateway, p.Gateway)
	for _, l := range g.Lanes {
		l.Rules[0].Problem = &Problem{}
	}
	assert.Empty(t, g.RulesOf("canary").Routes, "known to be wrong")
	assert.Empty(t, g.RulesOf("nobody").Routes)
	g.Ingress = nil
	assert.Empty(t, g.RulesOf("canary"))
}
