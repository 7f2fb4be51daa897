package istio

import (
	"regexp"
	"strings"

	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// Routes know nothing of cookies but the header, in which all of them stand: "a=1; b=2". A
// browser sends one line, and Envoy joins several with a comma.

const cookieHeader = "cookie"

const (
	beforeCookie = `(?:.*[;,]\s*)?`
	afterCookie  = `\s*(?:[;,].*)?`
	anyOfCookie  = `[^;,\s]*`
)

// cookieMatch matches the header by one of its cookies.
func cookieMatch(c lane.CookieMatch) *networkingapi.StringMatch {
	value := regexp.QuoteMeta(c.Value)
	switch c.Kind {
	case lane.MatchPrefix:
		value += anyOfCookie
	case lane.MatchRegex:
		value = "(?:" + c.Value + ")"
	}
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{
		Regex: beforeCookie + regexp.QuoteMeta(c.Name) + "=" + value + afterCookie}}
}

// readCookie is the opposite of cookieMatch; nil for any other expression.
func readCookie(m *networkingapi.StringMatch) *lane.CookieMatch {
	rest, ok := strings.CutPrefix(m.GetRegex(), beforeCookie)
	if !ok {
		return nil
	}
	if rest, ok = strings.CutSuffix(rest, afterCookie); !ok {
		return nil
	}
	name, value, ok := strings.Cut(rest, "=") // which no name has
	if !ok {
		return nil
	}
	c := &lane.CookieMatch{Name: unquoted(name), Match: lane.Match{Kind: lane.MatchExact, Value: unquoted(value)}}
	if inner, ok := strings.CutPrefix(value, "(?:"); ok { // what else it is shows when it is written again
		c.Match = lane.Match{Kind: lane.MatchRegex, Value: strings.TrimSuffix(inner, ")")}
	} else if start, ok := strings.CutSuffix(value, anyOfCookie); ok {
		c.Match = lane.Match{Kind: lane.MatchPrefix, Value: unquoted(start)}
	}
	return c
}
