package istio

import (
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

// safeMethods change nothing, so that a request may be sent again although
// nobody knows how far the first one came (RFC 9110, 9.2.1).
var safeMethods = []string{"GET", "HEAD", "OPTIONS"}

// unreached are the ways to fail in which no pod has seen the request, so that any may be
// sent again. Istio's own default (istio.io/istio pilot/pkg/networking/core/route/retry)
// has some answers of gRPC services besides, which a tester has to see.
const unreached = "connect-failure,refused-stream"

// safeRetries add "reset": the connection ended before an answer. (A sidecar whose
// application resets answers 503, which is an answer.)
const safeRetries = unreached + ",reset"

// passes is how often a request is sent again: the first time to the lane, the second to the
// next rank.
const passes = 2

// withRetries lets a gray lane's route pass over dead pods, and puts one before it for
// requests that are safe to repeat: what is inside of a pod when it dies is sent again. A
// pod takes a while to die on a busy node, and its callers go on sending to it all that
// time. What a canary answers is an answer and never repeated, however long it takes.
// Everybody else's routes, and retries whose user says when, stand as they are.
func withRetries(route *networkingapi.HTTPRoute, gray bool) []*networkingapi.HTTPRoute {
	if !gray || route.Retries != nil && (route.Retries.RetryOn != "" || route.Retries.Attempts < passes) {
		return []*networkingapi.HTTPRoute{route}
	}
	safe := passingOver(route, safeRetries)
	safe.Name += lane.SafeRoute
	if safe.Match = onlySafe(safe.Match); len(safe.Match) == 0 {
		return []*networkingapi.HTTPRoute{passingOver(route, unreached)}
	}
	return []*networkingapi.HTTPRoute{safe, passingOver(route, unreached)}
}

// onlySafe are the alternatives of a route for requests that are safe to repeat; one without any
// takes everything.
func onlySafe(matches []*networkingapi.HTTPMatchRequest) []*networkingapi.HTTPMatchRequest {
	if len(matches) == 0 {
		matches = []*networkingapi.HTTPMatchRequest{{}}
	}
	for _, m := range matches {
		m.Method = safeOf(m.Method)
	}
	return slices.DeleteFunc(matches, func(m *networkingapi.HTTPMatchRequest) bool { return m.Method == nil })
}

// safeOf matches those of the methods that a route asks for which are safe; nil when none is.
func safeOf(asked *networkingapi.StringMatch) *networkingapi.StringMatch {
	safe := slices.Clone(safeMethods)
	if m := readString(asked); m != nil {
		safe = slices.DeleteFunc(safe, func(method string) bool { return !m.Matches(method) })
	}
	if len(safe) == 0 {
		return nil
	}
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: strings.Join(safe, "|")}}
}

// passingOver sends a request again that met a pod which is dead although its endpoint is
// still ready: once to another endpoint of the lane, if it has one, and then to the next
// rank, which is the baseline (retryRemoteLocalities makes Envoy try another priority from
// the third attempt on). It goes request by request: nobody is taken out for others, who
// may reach him. The user's number of attempts and time-out of one stay.
func passingOver(route *networkingapi.HTTPRoute, retryOn string) *networkingapi.HTTPRoute {
	out := proto.Clone(route).(*networkingapi.HTTPRoute)
	if out.Retries == nil {
		out.Retries = &networkingapi.HTTPRetry{Attempts: passes}
	}
	out.Retries.RetryOn, out.Retries.RetryRemoteLocalities = retryOn, wrapperspb.Bool(true)
	if out.Retries.RetryIgnorePreviousHosts == nil {
		out.Retries.RetryIgnorePreviousHosts = wrapperspb.Bool(true)
	}
	return out
}
