package istio

import (
	"regexp"

	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// In groups whose tag is in W3C baggage, too, routes match the member as the standard has it: blanks
// around its name and value, and properties behind it, may come from any service on the way. Entries
// write it first and without either, since instrumentation keeps the first members of long baggage
// and the first of several lines.
//
// A route can set the header as a whole, or put something before it. So an entry keeps the baggage
// of a client only if that holds no member of ours, percent-encoded or not; else the client would
// choose a lane, and the baggage is replaced.

// tagMatches are the requests that carry a lane's tag.
func tagMatches(by lane.Tag, tag string) []*networkingapi.HTTPMatchRequest {
	out := []*networkingapi.HTTPMatchRequest{{Headers: map[string]*networkingapi.StringMatch{by.RouteHeader: exactly(tag)}}}
	if by.Baggage {
		out = append(out, &networkingapi.HTTPMatchRequest{Headers: map[string]*networkingapi.StringMatch{lane.BaggageHeader: member(by.RouteHeader, tag)}})
	}
	return out
}

// member matches baggage with a member. Envoy joins the lines of a header with a comma, as the
// members of one are (W3C Baggage, 3.3.1).
func member(key, value string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{
		Regex: `(?:.*,)?[ \t]*` + regexp.QuoteMeta(key) + `[ \t]*=[ \t]*` + regexp.QuoteMeta(value) + `[ \t]*(?:[;,].*)?`}}
}

// ofLanes matches baggage that may have a member of ours: its name is there, in any case, or one of
// which some characters are percent-encoded, which some libraries decode.
func ofLanes(key string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{
		Regex: `(?i)(?:.*` + regexp.QuoteMeta(key) + `.*|(?:.*,)?[^=;]*%.*)`}}
}

// baggageWays are those in which requests come with baggage: some that says nothing of lanes, or none
// or some that is replaced. A route that asks for the header itself cannot tell them apart.
func baggageWays(by lane.Tag, asks lane.RequestMatch) []entryWay {
	ours := func(tag string) string { return by.RouteHeader + "=" + tag }
	replaced := entryWay{stamp: func(ops *networkingapi.Headers_HeaderOperations, tag string) {
		if tag == "" {
			ops.Remove = append(ops.Remove, lane.BaggageHeader)
		} else {
			ops.Set[lane.BaggageHeader] = ours(tag)
		}
	}}
	if _, itself := asks.Headers[lane.BaggageHeader]; itself {
		return []entryWay{replaced}
	}
	kept := entryWay{suffix: lane.BaggageRoute, asks: func(m *networkingapi.HTTPMatchRequest) {
		m.Headers = with(m.Headers, lane.BaggageHeader, present())
		m.WithoutHeaders = map[string]*networkingapi.StringMatch{lane.BaggageHeader: ofLanes(by.RouteHeader)}
	}, stamp: func(ops *networkingapi.Headers_HeaderOperations, tag string) {
		if tag != "" {
			ops.Set[lane.BaggageHeader] = ours(tag) + ",%REQ(" + lane.BaggageHeader + ")%"
		}
	}}
	return []entryWay{kept, replaced}
}
