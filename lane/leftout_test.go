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

func TestAnInvalidRuleIsLeftOut(t *testing.T) {
	bad := &Problem{apiv1.ReasonInvalid, "its match.uri is bad"}
	for name, tc := range map[string]struct {
		lane          string
		live          map[string]int32
		made, inForce []string
		says          string
	}{
		"a lane's": {"canary", nil,
			[]string{"s2/s2", "base/base", "base/base/default"}, nil,
			"ingress rule canary of lane canary is left out: its match.uri is bad"},
		"a lane's that has a route": {"canary", map[string]int32{"canary/canary": 8000},
			[]string{"s2/s2", "base/base", "base/base/default"}, []string{"canary/canary"},
			"ingress rule canary of lane canary stays as it was before its last edit: its match.uri is bad"},
		"the baseline's": {"base", nil,
			[]string{"canary/canary", "s2/s2"}, nil,
			"ingress rule base of lane base is left out: its match.uri is bad"},
		"the baseline's that has one": {"base", map[string]int32{"base/base": 8000},
			[]string{"canary/canary", "s2/s2"}, []string{"base/base"},
			"ingress rule base of lane base stays as it was before its last edit: its match.uri is bad"},
		"the baseline's that has two": {"base", map[string]int32{"base/base": 8000, "base/base/default": 8000},
			[]string{"canary/canary", "s2/s2"}, []string{"base/base", "base/base/default"},
			"ingress rule base of lane base stays as it was before its last edit: its match.uri is bad"},
	} {
		t.Run(name, func(t *testing.T) {
			g := withIngress(chain("canary", "s2"))
			for _, l := range g.Lanes {
				if l.Name == tc.lane {
					l.Rules[0].Problem, l.Rules[0].Headers = bad, nil // nobody knows what the bad one asks for
				}
			}
			p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary", "s2")}, Ports: tc.live})
			assert.Equal(t, StateManaged, p.State)
			made, inForce := routeNames(p)
			assert.Equal(t, tc.made, made)
			assert.Equal(t, tc.inForce, inForce)
			require.Len(t, p.LeftOut, 1)
			assert.Equal(t, tc.says, p.LeftOut[0].String())
		})
	}
}

// The mesh is asked about every rule by itself, without patches, and not about what stays.
func TestRulesByThemselves(t *testing.T) {
	p := ComputeIngress(IngressSnapshot{Group: withIngress(chain("canary", "s2")), Plans: []Plan{planOf("canary")}})
	for i := range p.Routes {
		p.Routes[i].Policy = Policy{Route: []byte(`{}`)}
	}
	p = p.LeaveOut(LeftOut{Lane: "s2", Rule: "s2"}, map[string]int32{"s2/s2": 8000})
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
