package istio

import (
	"testing"

	"github.com/stretchr/testify/assert"
	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// What is written for a rule is read back as the rule.
func TestMatchesAreReadBack(t *testing.T) {
	for name, m := range map[string]lane.RequestMatch{
		"everything": {Hosts: []string{"*"}},
		"a path":     {Hosts: []string{"*"}, URI: &lane.Match{Kind: lane.MatchPrefix, Value: "/a"}},
		"hosts":      {Hosts: []string{"*.example.com", "a-b.example.org"}, URI: &lane.Match{Kind: lane.MatchExact, Value: "/a"}},
		"headers": {Hosts: []string{"a.example.com"}, Headers: map[string]lane.Match{
			"x-user": {Kind: lane.MatchRegex, Value: "a.*"}, "x-tag": {Kind: lane.MatchExact, Value: "b"}}},
		"a method and parameters": {Hosts: []string{"*"}, Method: &lane.Match{Kind: lane.MatchExact, Value: "POST"},
			Query: map[string]lane.Match{"beta": {Kind: lane.MatchExact, Value: "1"}, "v": {Kind: lane.MatchPrefix, Value: "2."}}},
		"a cookie":              {Hosts: []string{"*"}, Cookie: &lane.CookieMatch{Name: "u.ser", Match: lane.Match{Kind: lane.MatchExact, Value: "a.b=c"}}},
		"the start of a cookie": {Hosts: []string{"*"}, Cookie: &lane.CookieMatch{Name: "user", Match: lane.Match{Kind: lane.MatchPrefix, Value: "a.b"}}},
		"a cookie's expression": {Hosts: []string{"*"}, Cookie: &lane.CookieMatch{Name: "user", Match: lane.Match{Kind: lane.MatchRegex, Value: "a|b"}},
			Headers: map[string]lane.Match{"x-user": {Kind: lane.MatchExact, Value: "a"}}},
	} {
		for _, alike := range []bool{false, true} {
			hosts := []string{"*.elsewhere.com"}
			if alike || m.Hosts[0] == "*" {
				hosts = m.Hosts
			}
			got, ok := readMatch(matchesOf(m, alike), hosts)
			assert.True(t, ok, name)
			assert.Equal(t, m, got, name)
		}
	}
}

func TestWhatSomebodyWroteIsNotReadBack(t *testing.T) {
	for name, edit := range map[string]func(*networkingapi.HTTPMatchRequest){
		"a scheme": func(m *networkingapi.HTTPMatchRequest) { m.Scheme = exactly("https") },
		"cookies of another form": func(m *networkingapi.HTTPMatchRequest) {
			m.Headers = map[string]*networkingapi.StringMatch{"cookie": {MatchType: &networkingapi.StringMatch_Regex{Regex: beforeCookie + "a=(?:b" + afterCookie}}}
		},
		"another host": func(m *networkingapi.HTTPMatchRequest) { m.Authority = exactly("a.example.com") },
		"any header": func(m *networkingapi.HTTPMatchRequest) {
			m.Headers = map[string]*networkingapi.StringMatch{"x-user": {}}
		},
	} {
		matches := matchesOf(lane.RequestMatch{Hosts: []string{"a.example.com"}, URI: &lane.Match{Kind: lane.MatchExact, Value: "/a"}}, false)
		edit(matches[0])
		_, ok := readMatch(matches, []string{"a.example.com"})
		assert.False(t, ok, name)
	}
}
