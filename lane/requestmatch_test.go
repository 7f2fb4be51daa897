package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMatchesThatExcludeEachOther(t *testing.T) {
	exact := func(v string) *Match { return &Match{MatchExact, v} }
	params := func(v string) map[string]Match { return map[string]Match{"beta": {MatchExact, v}} }
	cookie := func(name, v string) *CookieMatch { return &CookieMatch{name, Match{MatchExact, v}} }
	for name, tc := range map[string]struct {
		a, b RequestMatch
		want bool
	}{
		"other paths":            {RequestMatch{URI: exact("/a")}, RequestMatch{URI: exact("/b")}, true},
		"other methods":          {RequestMatch{Method: exact("GET")}, RequestMatch{Method: exact("POST")}, true},
		"a method and any":       {RequestMatch{Method: exact("GET")}, RequestMatch{}, false},
		"other headers' values":  {RequestMatch{Headers: params("1")}, RequestMatch{Headers: params("2")}, true},
		"other parameters":       {RequestMatch{Query: params("1")}, RequestMatch{Query: params("2")}, true},
		"a parameter, a header":  {RequestMatch{Query: params("1")}, RequestMatch{Headers: params("2")}, false},
		"other cookies' values":  {RequestMatch{Cookie: cookie("user", "a")}, RequestMatch{Cookie: cookie("user", "b")}, true},
		"cookies of other names": {RequestMatch{Cookie: cookie("user", "a")}, RequestMatch{Cookie: cookie("group", "b")}, false},
	} {
		assert.Equal(t, tc.want, tc.a.excludes(tc.b), name)
		assert.Equal(t, tc.want, tc.b.excludes(tc.a), name)
	}
}

// A rule of the baseline that asks for a cookie has a route for everybody else, who has to ask
// by the same method and parameters.
func TestEverybodyElsesRoute(t *testing.T) {
	g := withIngress(chain("canary"))
	m := &g.Lanes[0].Rules[0].RequestMatch
	*m = RequestMatch{Hosts: m.Hosts, URI: m.URI, Method: &Match{MatchExact, "GET"}, Cookie: &CookieMatch{"lane", Match{MatchExact, "base"}}}
	p := ComputeIngress(IngressSnapshot{Group: g, Plans: []Plan{planOf()}})
	rest := p.Routes[len(p.Routes)-1]
	assert.True(t, rest.Rest)
	assert.Equal(t, RequestMatch{Hosts: m.Hosts, URI: m.URI, Method: m.Method}, rest.RequestMatch)
}
