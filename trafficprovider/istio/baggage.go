package istio

import (
	"regexp"

	"google.golang.org/protobuf/proto"
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

// baggageWay is how requests of an ingress route come with baggage.
type baggageWay int

const (
	// withoutBaggage: none, or some that is replaced.
	withoutBaggage baggageWay = iota
	// ownBaggage: some that says nothing of lanes.
	ownBaggage
)

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

// baggageWays are those that an ingress route has to tell apart, in the order in which they are tried.
// One that asks for the header itself cannot: its baggage is replaced.
func baggageWays(by lane.Tag, asks lane.RequestMatch) []baggageWay {
	if _, itself := asks.Headers[lane.BaggageHeader]; !by.Baggage || itself {
		return []baggageWay{withoutBaggage}
	}
	return []baggageWay{ownBaggage, withoutBaggage}
}

// of is the route for requests that come this way.
func (w baggageWay) of(by lane.Tag, route *networkingapi.HTTPRoute) *networkingapi.HTTPRoute {
	if w == withoutBaggage {
		return route
	}
	route = proto.Clone(route).(*networkingapi.HTTPRoute)
	route.Name += lane.BaggageRoute
	if len(route.Match) == 0 {
		route.Match = []*networkingapi.HTTPMatchRequest{{}}
	}
	for _, m := range route.Match {
		m.Headers = with(m.Headers, lane.BaggageHeader, &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: ".+"}})
		m.WithoutHeaders = map[string]*networkingapi.StringMatch{lane.BaggageHeader: ofLanes(by.RouteHeader)}
	}
	return route
}

// stamp writes the member, or keeps one from being there.
func (w baggageWay) stamp(ops *networkingapi.Headers_HeaderOperations, by lane.Tag, tag string) {
	switch {
	case tag == "" && w == withoutBaggage:
		ops.Remove = append(ops.Remove, lane.BaggageHeader)
	case tag == "":
	case w == ownBaggage:
		ops.Set[lane.BaggageHeader] = by.RouteHeader + "=" + tag + ",%REQ(" + lane.BaggageHeader + ")%"
	default:
		ops.Set[lane.BaggageHeader] = by.RouteHeader + "=" + tag
	}
}
