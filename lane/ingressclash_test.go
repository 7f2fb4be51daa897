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
			"it could take the same requests as ingress rule r of lane base of the older group a on Gateway istio-system/gw: let their hosts or matches exclude each other, or take one of the rules out"},
		"another gateway":                    {groupOn("b", "gw", ruleFor("*", "/a", nil)), groupOn("a", "gw2", ruleFor("*", "/a", nil)), ""},
		"another path":                       {groupOn("b", "gw", ruleFor("*", "/a", nil)), groupOn("a", "gw", ruleFor("*", "/b", nil)), ""},
		"another host":                       {groupOn("b", "gw", ruleFor("a.example.com", "/a", nil)), groupOn("a", "gw", ruleFor("b.example.com", "/a", nil)), ""},
		"another header":                     {gray(groupOn("b", "gw", ruleFor("*", "/a", tag("1")))), gray(groupOn("a", "gw", ruleFor("*", "/a", tag("2")))), ""},
		"the baseline's rule without header": {groupOn("b", "gw", ruleFor("*", "/a", tag("1"))), gray(groupOn("a", "gw", ruleFor("*", "/a", tag("2")))), "could take the same requests as"},
		"a nearer host":                      {groupOn("b", "gw", ruleFor("a.example.com", "/a", nil)), groupOn("a", "gw", ruleFor("*.example.com", "/b", nil)), "has host a.example.com, on which nobody would meet ingress rule r of lane base of the older group a"},
		"a wider host":                       {groupOn("b", "gw", ruleFor("*", "/a", nil)), groupOn("a", "gw", ruleFor("a.example.com", "/a", nil)), ""},
		"no ingress":                         {Group{Name: "b"}, groupOn("a", "gw", ruleFor("*", "/a", nil)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			clashes := IngressClashes(tc.mine, tc.older)
			if tc.want == "" {
				assert.Empty(t, clashes)
				return
			}
			require.Len(t, clashes, 1)
			assert.Equal(t, []string{"base", "r", apiv1.ReasonConflict}, []string{clashes[0].Lane, clashes[0].Rule, clashes[0].Reason})
			assert.Contains(t, clashes[0].Message, tc.want)
		})
	}
	weighted := groupOn("a", "gw")
	weighted.Ingress.Weighted = []IngressRule{ruleFor("*", "/a", nil)}
	assert.Empty(t, IngressClashes(groupOn("b", "gw", ruleFor("*", "/a", nil)), weighted), "no lane has a share")
	weighted.Lanes[0].Share = &IngressRule{}
	assert.NotEmpty(t, IngressClashes(groupOn("b", "gw", ruleFor("*", "/a", nil)), weighted))
	deleting := groupOn("a", "gw", ruleFor("*", "/a", nil))
	deleting.Lanes[0].Deleting = true
	assert.Empty(t, IngressClashes(groupOn("b", "gw", ruleFor("*", "/a", nil)), deleting), "a lane that goes asks for nothing")
	bad := groupOn("b", "gw", ruleFor("*", "/a", nil))
	bad.Lanes[0].Rules[0].Problem = &Problem{}
	assert.Empty(t, IngressClashes(bad, groupOn("a", "gw", ruleFor("*", "/a", nil))), "what no proxy takes asks for nothing")
}

func TestAnIngressYieldsOnlyAsLongAsItIsNotThere(t *testing.T) {
	clashes := []LeftOut{{Lane: "canary", Rule: "r", Problem: Problem{apiv1.ReasonConflict, "…"}}}
	p := IngressPlan{State: StateManaged}
	assert.Equal(t, p, p.Yield(nil, false, nil))
	assert.Equal(t, IngressPlan{State: StatePending, Problem: &Problem{apiv1.ReasonConflict, "ingress rule r of lane canary is left out: …"}}, p.Yield(clashes, false, nil))
	frozen := IngressPlan{State: StateFrozen, Problem: &Problem{}}
	assert.Equal(t, frozen, frozen.Yield(clashes, true, nil))
}

// An edit that would take requests from an older group is not followed; what was there stays.
func TestRulesOfAnIngressThatIsThereYield(t *testing.T) {
	g := withIngress(chain("canary", "s2"))
	for i := range g.Lanes {
		g.Lanes[i].Rules[0].Hosts = []string{"a.example.com"}
	}
	var clashes []LeftOut
	for _, l := range []string{"base", "canary", "s2"} {
		clashes = append(clashes, LeftOut{Lane: l, Rule: l, Problem: Problem{apiv1.ReasonConflict, "…"}})
	}
	edited := liveRoute("/mock")
	edited.Readable = false
	live := map[string]LiveRoute{"base/base": liveRoute("/mock"), "canary/canary": edited}

	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}, TakenOver: true, Live: live}).Yield(clashes, true, live)

	assert.Equal(t, StateManaged, p.State)
	require.NotNil(t, p.Problem)
	assert.Equal(t, apiv1.ReasonConflict, p.Problem.Reason)
	hosts := map[string]string{}
	for _, r := range p.Routes {
		hosts[r.Name] = r.Hosts[0]
	}
	assert.Equal(t, map[string]string{"base/base": "*", "canary/canary": "a.example.com"}, hosts, "a new rule is left out, and an edit by hand put right")

	gone := map[string]LiveRoute{"base/removed": liveRoute("/mock")}
	p = ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf("canary")}, TakenOver: true, Live: gone}).Yield(clashes, true, gone)
	assert.Equal(t, StateWithdrawn, p.State, "a route of a rule that is gone stays for nobody")
	assert.NotNil(t, p.Problem)
}
