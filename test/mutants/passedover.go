package mutants

import "lanekeeper.io/test/e2e/promise"

// ofPassedOver pass over pods that are to be met, or do not where nobody is there.
func ofPassedOver() []Mutant {
	return []Mutant{
		{
			Name: "slow-answers-eject", Promise: 2,
			Wrong: "a canary that answers too late is passed over for a while",
			Edits: []Edit{{istio + "priorities.go",
				"LoadBalancer:     ranked(append(priority, selectorEntries(m.Selector)...)),\n\t\tOutlierDetection: noEjection(),",
				"LoadBalancer:     ranked(append(priority, selectorEntries(m.Selector)...)),\n\t\tOutlierDetection: &networkingapi.OutlierDetection{MinHealthPercent: 1, " +
					"Consecutive_5XxErrors: wrapperspb.UInt32(0), ConsecutiveGatewayErrors: wrapperspb.UInt32(0), SplitExternalLocalOriginErrors: true, " +
					"ConsecutiveLocalOriginFailures: wrapperspb.UInt32(1), MaxEjectionPercent: 100},"}},
			Seen: scenario("bad-canaries", "requests had to end with 504 and did not"),
		},
		{
			Name: "nobody-is-passed-over", Promise: 3,
			Wrong: "a lane's requests go on being sent to pods that cannot be reached",
			Edits: []Edit{{istio + "retries.go",
				"out.Retries.RetryOn, out.Retries.RetryRemoteLocalities = retryOn, wrapperspb.Bool(true)",
				"out.Retries.RetryOn, out.Retries.RetryRemoteLocalities = retryOn, wrapperspb.Bool(false)"}},
			Seen: scenario("killed", broken(promise.Whole)),
		},
	}
}
