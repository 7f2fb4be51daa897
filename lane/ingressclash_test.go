package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

func groupOn(name, gateway string, rules ...IngressRule) Group {
	return Group{
		Name: name, Baseline: "base",
		Ingress: &Ingress{Gateway: types.NamespacedName{Namespace: "istio-system", Name: gateway}},
		Lanes:   []Lane{{Name: "base", Rules: rules}},
	}
}

func ruleFor(host, path string, headers map[string]Match) IngressRule {
	return IngressRule{Name: "r", RequestMatch: RequestMatch{Hosts: []string{host}, URI: &Match{MatchExact, path}, Headers: headers}}
}

func TestTheOlderGroupEntersFirst(t *testing.T) {
	tag := func(v string) map[string]Match { return map[string]Match{"x-tag": {MatchExact, v}} }
	gray := func(g Group) Group { g.Baseline = "other"; return g }
	for name, tc := range map[string]struct {
		mine, older Group
		want        string
	}{
		"the same requests": {groupOn("b", "gw", ruleFor("*", "/a", nil)), groupOn("a", "gw", ruleFor("*", "/a", nil)),
			"ingress rule base/r could take the same requests as rule base/r of the older group a on Gateway istio-system/gw: let their hosts or matches exclude each other, or take one of the rules out"},
		"another gateway":                    {groupOn("b", "gw", ruleFor("*", "/a", nil)), groupOn("a", "gw2", ruleFor("*", "/a", nil)), ""},
		"another path":                       {groupOn("b", "gw", ruleFor("*", "/a", nil)), groupOn("a", "gw", ruleFor("*", "/b", nil)), ""},
		"another host":                       {groupOn("b", "gw", ruleFor("a.example.com", "/a", nil)), groupOn("a", "gw", ruleFor("b.example.com", "/a", nil)), ""},
		"another header":                     {gray(groupOn("b", "gw", ruleFor("*", "/a", tag("1")))), gray(groupOn("a", "gw", ruleFor("*", "/a", tag("2")))), ""},
		"the baseline's rule without header": {groupOn("b", "gw", ruleFor("*", "/a", tag("1"))), gray(groupOn("a", "gw", ruleFor("*", "/a", tag("2")))), "could take the same requests as"},
		"a nearer host":                      {groupOn("b", "gw", ruleFor("a.example.com", "/a", nil)), groupOn("a", "gw", ruleFor("*.example.com", "/b", nil)), "has host a.example.com, on which nobody would meet rule base/r of the older group a"},
		"a wider host":                       {groupOn("b", "gw", ruleFor("*", "/a", nil)), groupOn("a", "gw", ruleFor("a.example.com", "/a", nil)), ""},
		"no ingress":                         {Group{Name: "b"}, groupOn("a", "gw", ruleFor("*", "/a", nil)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			problem := IngressClash(tc.mine, tc.older)
			if tc.want == "" {
				assert.Nil(t, problem)
				return
			}
			require.NotNil(t, problem)
			assert.Equal(t, apiv1.ReasonConflict, problem.Reason)
			assert.Contains(t, problem.Message, tc.want)
		})
	}
	unbuilt := groupOn("a", "gw", ruleFor("*", "/a", nil))
	unbuilt.Ingress.Unsupported = &Problem{}
	assert.Nil(t, IngressClash(groupOn("b", "gw", ruleFor("*", "/a", nil)), unbuilt), "what is not built takes nothing")
	deleting := groupOn("a", "gw", ruleFor("*", "/a", nil))
	deleting.Lanes[0].Deleting = true
	assert.Nil(t, IngressClash(groupOn("b", "gw", ruleFor("*", "/a", nil)), deleting), "a lane that goes asks for nothing")
}

func TestAnIngressYieldsOnlyAsLongAsItIsNotThere(t *testing.T) {
	clash := &Problem{apiv1.ReasonConflict, "…"}
	p := IngressPlan{State: StateManaged}
	assert.Equal(t, p, p.Yield(nil, false))
	assert.Equal(t, IngressPlan{State: StatePending, Problem: clash}, p.Yield(clash, false))
	assert.Equal(t, IngressPlan{State: StateManaged, Problem: clash}, p.Yield(clash, true), "nothing is taken away")
	frozen := IngressPlan{State: StateFrozen, Problem: &Problem{}}
	assert.Equal(t, frozen, frozen.Yield(clash, true))
}
