package istio

import (
	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// What an entry stamps beside the tag depends on what a request brings, and a route does the same to
// all of its requests. So there is one for each way in which they come.

// entryWay is a way in which requests of an ingress route come.
type entryWay struct {
	// suffix ends the name of its route.
	suffix string
	// asks narrows a match down to it; nil for whatever is left.
	asks func(m *networkingapi.HTTPMatchRequest)
	// stamp adds what goes with a tag, which is empty for requests without one; nil for nothing.
	stamp func(ops *networkingapi.Headers_HeaderOperations, tag string)
}

// entryWays are those that an ingress route has to tell apart, in the order in which they are tried.
func entryWays(by lane.Tag, asks lane.RequestMatch) []entryWay {
	switch {
	case by.Baggage:
		return baggageWays(by, asks)
	case by.Trace != "":
		return traceWays(by, asks)
	}
	return []entryWay{{}}
}

// of is the route for requests that come this way.
func (w entryWay) of(route *networkingapi.HTTPRoute) *networkingapi.HTTPRoute {
	if w.asks == nil {
		return route
	}
	route = proto.Clone(route).(*networkingapi.HTTPRoute)
	route.Name += w.suffix
	if len(route.Match) == 0 {
		route.Match = []*networkingapi.HTTPMatchRequest{{}}
	}
	for _, m := range route.Match {
		w.asks(m)
	}
	return route
}

// present matches a header that says something.
func present() *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: ".+"}}
}

// requestID is the header in which Envoy gives every request an id, before it chooses a route.
const requestID = "x-request-id"

// traceWays are those in which requests come with a trace id: with one of their own, or with none,
// and then they get Envoy's.
func traceWays(by lane.Tag, asks lane.RequestMatch) []entryWay {
	if _, itself := asks.Headers[by.Trace]; itself || by.Trace == requestID {
		return []entryWay{{}}
	}
	traced := entryWay{suffix: lane.TracedRoute, asks: func(m *networkingapi.HTTPMatchRequest) { m.Headers = with(m.Headers, by.Trace, present()) }}
	return []entryWay{traced, {stamp: func(ops *networkingapi.Headers_HeaderOperations, _ string) {
		if ops.Set == nil {
			ops.Set = map[string]string{}
		}
		ops.Set[by.Trace] = "%REQ(" + requestID + ")%"
	}}}
}
