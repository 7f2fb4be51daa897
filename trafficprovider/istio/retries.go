package istio

import (
	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"
)

// safeMethods change nothing, so that a request may be sent again although
// nobody knows how far the first one came (RFC 9110, 9.2.1).
const safeMethods = "GET|HEAD|OPTIONS"

// safeRetries add "reset" to what Istio retries by default (istio.io/istio
// pilot/pkg/networking/core/route/retry): the connection ended before an answer.
const safeRetries = "connect-failure,refused-stream,unavailable,cancelled,retriable-status-codes,reset"

// withRetries puts a route before a gray lane's own, for requests that are safe
// to repeat: what is inside of a pod when it dies is sent again, and meets the
// baseline, since the first failure has ejected the pod. A pod takes a while to
// die on a busy node, and its callers go on sending to it all that time. What a
// canary answers is an answer and never repeated. Everybody else's routes, and
// retries of the user's own, stand as they are.
func withRetries(route *networkingapi.HTTPRoute, gray bool) []*networkingapi.HTTPRoute {
	if !gray || route.Retries != nil {
		return []*networkingapi.HTTPRoute{route}
	}
	safe := proto.Clone(route).(*networkingapi.HTTPRoute)
	safe.Name += "/safe"
	safe.Retries = &networkingapi.HTTPRetry{Attempts: 2, RetryOn: safeRetries}
	if len(safe.Match) == 0 {
		safe.Match = []*networkingapi.HTTPMatchRequest{{}}
	}
	for _, m := range safe.Match {
		m.Method = &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Regex{Regex: safeMethods}}
	}
	return []*networkingapi.HTTPRoute{safe, route}
}
