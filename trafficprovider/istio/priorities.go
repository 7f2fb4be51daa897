package istio

import (
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/wrapperspb"
	networkingapi "istio.io/api/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// How the endpoints of a Service are ranked.

// baselineFirst is the policy of those who name no subset: routes of others,
// TCP ports.
func baselineFirst(baseline lane.Member) *networkingapi.TrafficPolicy {
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
		OutlierDetection: ejectUnreachable(),
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

// ejectUnreachable lets a lane's requests fall back before the API server
// knows that its pods died: one failed connect ejects an endpoint, and Envoy's
// retry meets the next rank. Answers never eject: a canary that answers 500
// has to be seen by whoever tests it.
//
// Dead endpoints are tried again after baseEjectionTime, which costs a request
// each; 5s lost 2 of 1,000.
func ejectUnreachable() *networkingapi.OutlierDetection {
	od := noEjection()
	od.SplitExternalLocalOriginErrors = true
	od.ConsecutiveLocalOriginFailures = wrapperspb.UInt32(1)
	od.Interval = durationpb.New(10 * time.Second)
	od.BaseEjectionTime = durationpb.New(30 * time.Second)
	od.MaxEjectionPercent = 100
	return od
}

// noEjection is the policy of everybody's traffic. Ranks need an
// outlierDetection to be in force at all. If it ejected anything, one failed
// connect to the baseline's only pod would send untagged requests to the next
// rank, which is a gray lane, or (in the baseline's own subset, where nothing
// comes next) answer 503 until the ejection is over.
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

// isGray tells a gray lane's subset from a baseline's.
func isGray(s *networkingapi.Subset) bool { return len(s.Labels) == 0 }

// lists reports whether a subset keeps the lane's pods out by their marker.
func lists(s *networkingapi.Subset, laneName string) bool {
	priority := s.GetTrafficPolicy().GetLoadBalancer().GetLocalityLbSetting().GetFailoverPriority()
	return slices.Contains(priority, without(apiv1.LaneMarker(laneName)))
}
