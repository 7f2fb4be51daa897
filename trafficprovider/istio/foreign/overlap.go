package foreign

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// Whether two routes can match one request. Where that cannot be told, as of
// two regular expressions, they can.

// overlapOn reports whether some alternatives of two routes, each of a
// VirtualService on a Gateway, can match one request.
func overlapOn(a *networkingapi.HTTPRoute, gatewayOfA string, b *networkingapi.HTTPRoute, gatewayOfB string) bool {
	return slices.ContainsFunc(alternatives(a, gatewayOfA), func(x *networkingapi.HTTPMatchRequest) bool {
		return slices.ContainsFunc(alternatives(b, gatewayOfB), func(y *networkingapi.HTTPMatchRequest) bool { return matchesOverlap(x, y) })
	})
}

// alternatives are a route's matches that count on a Gateway. A route without
// any matches everything.
func alternatives(r *networkingapi.HTTPRoute, gateway string) []*networkingapi.HTTPMatchRequest {
	if len(r.Match) == 0 {
		return []*networkingapi.HTTPMatchRequest{{}}
	}
	return slices.DeleteFunc(slices.Clone(r.Match), func(m *networkingapi.HTTPMatchRequest) bool {
		return len(m.Gateways) > 0 && !slices.Contains(m.Gateways, gateway)
	})
}

// takesAll reports whether a route matches whatever is asked. Istio puts such
// routes behind all others, whatever VirtualService they are of.
func takesAll(r *networkingapi.HTTPRoute) bool {
	return len(r.Match) == 0 || slices.ContainsFunc(r.Match, func(m *networkingapi.HTTPMatchRequest) bool {
		all := m.GetUri() == nil || m.GetUri().GetPrefix() == "/" || m.GetUri().GetRegex() == ".*"
		return all && m.Authority == nil && m.Method == nil && m.Scheme == nil &&
			len(m.Headers)+len(m.QueryParams)+len(m.WithoutHeaders) == 0
	})
}

func matchesOverlap(a, b *networkingapi.HTTPMatchRequest) bool {
	fold := a.IgnoreUriCase || b.IgnoreUriCase
	switch {
	case exclusive(a.Uri, b.Uri, fold), exclusive(a.Authority, b.Authority, true),
		exclusive(a.Method, b.Method, false), exclusive(a.Scheme, b.Scheme, false):
		return false
	case a.Port != 0 && b.Port != 0 && a.Port != b.Port:
		return false
	case exclusiveIn(a.Headers, b.Headers), exclusiveIn(a.QueryParams, b.QueryParams):
		return false
	}
	return !forbidden(a.Headers, b.WithoutHeaders) && !forbidden(b.Headers, a.WithoutHeaders)
}

// exclusiveIn reports whether some header or parameter has to be two things at
// once.
func exclusiveIn(a, b map[string]*networkingapi.StringMatch) bool {
	b = lowerKeys(b)
	for name, match := range lowerKeys(a) {
		if other, ok := b[name]; ok && exclusive(match, other, false) {
			return true
		}
	}
	return false
}

// forbidden reports whether one side requires a header that the other excludes.
func forbidden(required, without map[string]*networkingapi.StringMatch) bool {
	without = lowerKeys(without)
	for name, match := range lowerKeys(required) {
		if not, ok := without[name]; ok && (not.GetMatchType() == nil || proto.Equal(not, match)) {
			return true
		}
	}
	return false
}

func lowerKeys[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	for k, v := range m {
		out[strings.ToLower(k)] = v
	}
	return out
}

// exclusive reports whether no string matches both. A matcher that is not there
// matches all.
func exclusive(a, b *networkingapi.StringMatch, fold bool) bool {
	x, ok := matchFrom(a, fold)
	y, also := matchFrom(b, fold)
	return ok && also && x.Excludes(y)
}

// matchFrom is a matcher as the lane package knows it, in lower case if fold is
// set; false without one.
func matchFrom(m *networkingapi.StringMatch, fold bool) (lane.Match, bool) {
	value := func(s string) string {
		if fold {
			return strings.ToLower(s)
		}
		return s
	}
	switch m := m.GetMatchType().(type) {
	case *networkingapi.StringMatch_Exact:
		return lane.Match{Kind: lane.MatchExact, Value: value(m.Exact)}, true
	case *networkingapi.StringMatch_Prefix:
		return lane.Match{Kind: lane.MatchPrefix, Value: value(m.Prefix)}, true
	case *networkingapi.StringMatch_Regex:
		if fold {
			return lane.Match{Kind: lane.MatchRegex, Value: "(?i)" + m.Regex}, true
		}
		return lane.Match{Kind: lane.MatchRegex, Value: m.Regex}, true
	}
	return lane.Match{}, false
}
