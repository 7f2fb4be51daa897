package istio

import (
	"maps"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingapi "istio.io/api/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// How the endpoints of a Service are ranked.

// baselineFirst is the policy of those who name no subset: routes of others,
// TCP ports.
func baselineFirst(baseline lane.Member) *networkingapi.TrafficPolicy {
	if len(baseline.Selector) == 0 {
		return baselineOnly() // of all versions none comes first
	}
	return &networkingapi.TrafficPolicy{
		LoadBalancer:     ranked(selectorEntries(baseline.Selector)),
		OutlierDetection: noEjection(),
	}
}

// baselineOnly is the policy of the baseline's subset, which has the baseline's
// endpoints only. It repeats what it would otherwise take over from the top
// level.
func baselineOnly() *networkingapi.TrafficPolicy {
	return &networkingapi.TrafficPolicy{OutlierDetection: noEjection()}
}

// laneFirst is the policy of a gray lane's subset. An entry counts only when
// those before it match, so what must never serve comes first: endpoints of
// nobody, endpoints of other gray lanes. A key must not occur twice: the last
// one would win.
func laneFirst(m lane.Member, others []string) *networkingapi.TrafficPolicy {
	priority := []string{without(apiv1.LabelOutside)}
	for _, other := range others {
		if other != m.Lane {
			priority = append(priority, without(apiv1.LaneMarker(other)))
		}
	}
	return &networkingapi.TrafficPolicy{
		LoadBalancer:     ranked(append(priority, selectorEntries(m.Selector)...)),
		OutlierDetection: noEjection(),
	}
}

func ranked(priority []string) *networkingapi.LoadBalancerSettings {
	return &networkingapi.LoadBalancerSettings{
		LocalityLbSetting: &networkingapi.LocalityLoadBalancerSetting{
			Enabled: wrapperspb.Bool(true), FailoverPriority: priority,
		},
	}
}

// without is the entry for endpoints that lack a label.
func without(key string) string { return key + "=" }

func selectorEntries(selector map[string]string) []string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(selector)) {
		out = append(out, k+"="+selector[k])
	}
	return out
}

// noEjection is the outlier detection of every policy: ranks need one to be in force at
// all, and whatever it ejected would send somebody's requests to the next rank. Envoy
// counts answers that take too long among failed connections, so one slow answer would
// take a ready canary away from its testers, and a slow baseline would send them into
// another lane. Pods that cannot be reached are passed over request by request
// (retries.go).
//
// istiod sends endpoints that are not ready, too, marked as unhealthy, unless a
// minHealthPercent is set (PILOT_AUTO_SEND_UNHEALTHY_ENDPOINTS). With them a
// rank of one ready and one starting pod counts as half healthy, and Envoy lets
// three requests of ten spill over into the next rank: untagged ones into a
// lane at every promotion, tagged ones out of a lane that grows.
func noEjection() *networkingapi.OutlierDetection {
	return &networkingapi.OutlierDetection{
		MinHealthPercent:         1,
		Consecutive_5XxErrors:    wrapperspb.UInt32(0),
		ConsecutiveGatewayErrors: wrapperspb.UInt32(0),
	}
}

// isGray tells a gray lane's subset from a baseline's: it has ranks, which keep pods of nobody out, or
// holds all endpoints.
func isGray(s *networkingapi.Subset) bool {
	return slices.Contains(ranksOf(s.GetTrafficPolicy()), without(apiv1.LabelOutside)) || len(s.Labels) == 0 && s.Name != lane.AllVersions
}

// lists reports whether a subset keeps the lane's pods out by their marker. Every new pod asks about
// every lane, so nothing is put together for it.
func lists(s *networkingapi.Subset, laneName string) bool {
	return slices.ContainsFunc(ranksOf(s.GetTrafficPolicy()), func(rank string) bool {
		marker, ok := strings.CutSuffix(rank, without(""))
		of, also := strings.CutPrefix(marker, apiv1.LabelLaneMarkerPrefix)
		return ok && also && of == laneName
	})
}
