package istio

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"

	"lanekeeper.io/lane"
)

// A cookie is told from others, wherever it stands in the header.
func TestCookiesInAHeader(t *testing.T) {
	of := func(kind lane.MatchKind, value string) lane.CookieMatch {
		return lane.CookieMatch{Name: "user", Match: lane.Match{Kind: kind, Value: value}}
	}
	for header, tc := range map[string]struct {
		exact, prefix, regex bool
	}{
		"user=jason":             {true, true, true},
		"a=1; user=jason":        {true, true, true},
		"user=jason; a=1":        {true, true, true},
		"a=1;user=jason ;b=2":    {true, true, true},
		"a=1,user=jason,b=2":     {true, true, true},
		"user=jas; a=on":         {false, true, false},
		"user=jasonX":            {false, true, false},
		"xuser=jason":            {false, false, false},
		"a=user=jason":           {false, false, false},
		"user=peter":             {false, false, true},
		"User=jason":             {false, false, false},
		"other=1; user=x; jason": {false, false, false},
	} {
		for kind, want := range map[lane.MatchKind]bool{lane.MatchExact: tc.exact, lane.MatchPrefix: tc.prefix, lane.MatchRegex: tc.regex} {
			value := map[lane.MatchKind]string{lane.MatchExact: "jason", lane.MatchPrefix: "jas", lane.MatchRegex: "jason|peter"}[kind]
			expression := regexp.MustCompile("^(?:" + cookieMatch(of(kind, value)).GetRegex() + ")$")
			assert.Equal(t, want, expression.MatchString(header), "%s %s", kind, header)
		}
	}
}
