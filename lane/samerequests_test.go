package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRulesThatAskForTheSameRequests(t *testing.T) {
	on := func(name string, hosts []string, edits ...func(*IngressRule)) IngressRule {
		r := IngressRule{Name: name, RequestMatch: RequestMatch{Hosts: hosts, URI: &Match{MatchExact, "/mock"}}}
		for _, edit := range edits {
			edit(&r)
		}
		return r
	}
	tester := func(value string) func(*IngressRule) {
		return func(r *IngressRule) {
			r.Headers = map[string]Match{"x-user": {MatchExact, value}, "x-a": {MatchPrefix, "a"}}
		}
	}
	all, shop := []string{"*"}, []string{"shop.example.com", "a.example.com"}
	for name, tc := range map[string]struct {
		base, s1, s2 []IngressRule
		change       func(*Group)
		want         []string
	}{
		"other hosts":   {s1: []IngressRule{on("x", all)}, s2: []IngressRule{on("y", shop)}},
		"other headers": {s1: []IngressRule{on("x", all, tester("a"))}, s2: []IngressRule{on("y", all, tester("b"))}},
		"another path":  {s1: []IngressRule{on("x", all)}, s2: []IngressRule{on("y", all, func(r *IngressRule) { r.URI.Kind = MatchPrefix })}},
		"no path":       {s1: []IngressRule{on("x", all)}, s2: []IngressRule{on("y", all, func(r *IngressRule) { r.URI = nil })}},
		"the same, by the lanes' names": {s1: []IngressRule{on("y", shop, tester("a"))}, s2: []IngressRule{on("x", []string{"A.example.com", "shop.example.com"}, tester("a"))},
			want: []string{"ingress rule x of lane s2 asks for the same requests as rule y of lane s1, which is tried first: it gets none"}},
		"the baseline's comes last": {base: []IngressRule{on("x", all)}, s1: []IngressRule{on("y", all)},
			want: []string{"ingress rule x of lane base asks for the same requests as rule y of lane s1, which is tried first: it gets none"}},
		"of one lane": {s1: []IngressRule{on("b", all), on("a", all)},
			want: []string{"ingress rule b of lane s1 asks for the same requests as rule a of lane s1, which is tried first: it gets none"}},
		"the baseline's for everybody else": {base: []IngressRule{on("x", all, tester("a")), on("y", all, tester("b"))}},
		"a rule that is left out":           {s1: []IngressRule{on("x", all, func(r *IngressRule) { r.Problem = &Problem{"Invalid", "x"} })}, s2: []IngressRule{on("y", all)}},
		"a lane that goes":                  {s1: []IngressRule{on("x", all)}, s2: []IngressRule{on("y", all)}, change: func(g *Group) { g.Lanes[1].Deleting = true }},
		"an entry by weight":                {s1: []IngressRule{on("x", all)}, s2: []IngressRule{on("y", all)}, change: func(g *Group) { g.Ingress.Weighted = []IngressRule{on("x", all)} }},
		"no gateway":                        {s1: []IngressRule{on("x", all)}, s2: []IngressRule{on("y", all)}, change: func(g *Group) { g.Ingress = nil }},
	} {
		t.Run(name, func(t *testing.T) {
			g := chain("s1", "s2")
			g.Ingress = &Ingress{}
			for i, rules := range [][]IngressRule{tc.base, tc.s1, tc.s2} {
				g.Lanes[i].Rules = rules
			}
			if tc.change != nil {
				tc.change(&g)
			}
			var got []string
			for _, p := range g.SameRequests() {
				got = append(got, p.Message)
			}
			assert.Equal(t, tc.want, got)
		})
	}
}
