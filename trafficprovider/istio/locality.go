package istio

import (
	"bytes"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"
)

// Which of the endpoints that are alike to a lane come first: those near to the caller. A
// user says so with loadBalancer.localityLbSetting in a trafficPolicyPatch. The labels of
// places then follow the lane's in every list, so that they rank the lane's own endpoints
// and the baseline's own subset. What a lane falls back to is one rank: an endpoint that
// fails at the lane's label is not compared any further.

// places are the labels that Istio gives every proxy and endpoint by where they run, the
// widest first (istio.io/istio pilot/pkg/serviceregistry/util/label.AugmentLabels).
var places = []string{
	"topology.istio.io/network", "topology.kubernetes.io/region", "topology.kubernetes.io/zone",
	"topology.istio.io/subzone", "kubernetes.io/hostname",
}

// defaultPlaces are those that Istio goes by where a setting says nothing else
// (applyLocalityFailover).
var defaultPlaces = []string{"topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"}

// nearest reads the places to go by from a user's setting, nil for none. It returns the
// field that cannot be had together with lanes; empty when there is none.
func nearest(s *networkingapi.LocalityLoadBalancerSetting) (near []string, field string) {
	near = s.GetFailoverPriority()
	unknown := slices.IndexFunc(near, func(key string) bool { return !slices.Contains(places, key) })
	switch {
	case s == nil:
		return nil, ""
	case s.Enabled != nil && !s.Enabled.Value:
		return nil, "enabled: false"
	case len(s.Distribute) > 0:
		return nil, "distribute"
	case len(s.Failover) > 0:
		return nil, "failover"
	case unknown >= 0:
		return nil, "failoverPriority " + near[unknown]
	case len(near) == 0:
		near = defaultPlaces
	}
	return near, ""
}

// mayAskForPlaces reports whether a patch may have such a setting: most have none, and are not
// read for it. One that hides its name behind escapes is refused as one that changes ranks.
func mayAskForPlaces(patch []byte) bool {
	return bytes.Contains(patch, []byte("localityLbSetting")) || bytes.Contains(patch, []byte("locality_lb_setting"))
}

// cureLocality is what a patch can say instead.
var cureLocality = "give failoverPriority instead, with any of " + strings.Join(places, ", ")

// nearFirst adds the places to a policy's ranks.
func nearFirst(policy *networkingapi.TrafficPolicy, ranks, near []string) {
	if len(near) == 0 {
		return
	}
	if policy.LoadBalancer == nil {
		policy.LoadBalancer = &networkingapi.LoadBalancerSettings{}
	}
	policy.LoadBalancer.LocalityLbSetting = ranked(slices.Concat(ranks, near)).LocalityLbSetting
}

// placesOf are the places that a policy of ours goes by.
func placesOf(policy *networkingapi.TrafficPolicy) []string {
	var out []string
	for _, key := range ranksOf(policy) {
		if slices.Contains(places, key) {
			out = append(out, key)
		}
	}
	return out
}

// ranksOf is a policy's failoverPriority.
func ranksOf(policy *networkingapi.TrafficPolicy) []string {
	return policy.GetLoadBalancer().GetLocalityLbSetting().GetFailoverPriority()
}
