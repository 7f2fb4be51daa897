package foreign

import (
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"lanekeeper.io/trafficprovider/istio/hostname"
)

// RootNamespace is Istio's: what it holds is for every namespace.
const RootNamespace = "istio-system"

const (
	cureRule   = "move what it sets into the group's trafficPolicyPatch and delete it, or take the service out of the group"
	cureHiding = "narrow its host so that it does not match the service any more, or delete it"
)

// CheckRule compares a DestinationRule of somebody else with ours; nil when
// neither does anything to the other. ours is the rule as it is to be written,
// with the age of the one there is; chain is where the group's requests come from.
//
// A proxy takes the rules of one namespace only: of its own, if it has any for
// the host, be it by a wildcard; else of the Service's; else of Istio's root
// namespace. (Gateways and clients in the root namespace look first at those
// rules there which nobody else sees.) Of one namespace the exact host wins over
// wildcards, and rules of the same host are merged by age.
//
// A rule of another namespace so harms the clients there and nobody else. Were it to
// keep us out, whoever owns a namespace could keep every group out.
func CheckRule(foreign, ours *networkingv1.DestinationRule, chain Chain) *Finding {
	host := hostname.Resolve(foreign.Spec.Host, foreign.Namespace)
	if !hostname.Within(ours.Spec.Host, host) {
		return nil
	}
	sees := audienceOf(foreign.Spec.ExportTo, foreign.Namespace)
	if foreign.Spec.WorkloadSelector != nil { // nobody else sees it then, whatever it says
		sees = audienceOf([]string{"."}, foreign.Namespace)
	}
	var f *Finding
	switch {
	case sees.nobody():
	case foreign.Namespace == ours.Namespace && host == ours.Spec.Host:
		f = merged(foreign, ours, sees)
	case foreign.Namespace == ours.Namespace,
		foreign.Namespace == RootNamespace && !sees.only(RootNamespace):
		f = overridden(foreign, ours)
	case sees.has(foreign.Namespace):
		harms := chain.has(foreign.Namespace)
		f = &Finding{blocks: harms, decides: harms, cure: cureHiding, effect: fmt.Sprintf(
			"hides ours from clients and gateways in namespace %s, where a route to a lane's subset is answered 503", foreign.Namespace)}
	}
	if f != nil {
		f.object = describe("DestinationRule", foreign, foreign.Spec.Host)
	}
	return f
}

// merged is about a rule of the same host in the same namespace. Subsets of both
// hold, of one name the older's; the older's trafficPolicy holds alone.
func merged(foreign, ours *networkingv1.DestinationRule, sees audience) *Finding {
	f := &Finding{blocks: true, decides: true, cure: cureRule}
	switch {
	case foreign.Spec.WorkloadSelector != nil:
		f.effect = "takes the place of ours for the clients that its workloadSelector selects: their requests may miss their lane, or be answered 503"
	case !sees.everybody:
		f.effect = "is for the same host with another exportTo, and may take the place of ours for those who see it: their requests may miss their lane, or be answered 503"
	case isNew(ours):
		f.effect = "is for the same host, and Istio would merge it with ours: subsets of one name and the trafficPolicy are the older one's"
	case isOlder(foreign, ours):
		f.effect = "is for the same host and older than ours: its trafficPolicy holds instead of ours, and its subsets instead of ours of the same name"
	default:
		f.decides = false
		f.effect = "is for the same host and younger than ours: its trafficPolicy, and its subsets named like a lane, have no effect"
	}
	return f
}

// overridden is about a rule that gives way to ours wherever both are seen. What
// it sets and ours does not is lost for the Service; without its tls or its
// subsets requests may fail.
func overridden(foreign, ours *networkingv1.DestinationRule) *Finding {
	lost := lostSettings(foreign.Spec.TrafficPolicy, ours.Spec.TrafficPolicy)
	cure := "set them in the group's trafficPolicyPatch, as far as they are wanted"
	if len(foreign.Spec.Subsets) > 0 {
		lost = append(lost, "subsets")
		cure += ", and let no route name the subsets"
	}
	if slices.Contains(lost, "outlierDetection") || slices.Contains(lost, "portLevelSettings") {
		cure += " (outlierDetection and portLevelSettings are the lanes' own)"
	}
	if prefersNear(foreign.Spec.TrafficPolicy) && !prefersNear(ours.Spec.TrafficPolicy) {
		lost = append(lost, "preference for near endpoints")
		cure += " (near endpoints come first with loadBalancer.localityLbSetting.failoverPriority: [topology.kubernetes.io/region, topology.kubernetes.io/zone])"
	}
	if len(lost) == 0 {
		return nil
	}
	return &Finding{
		blocks: slices.Contains(lost, "tls") || slices.Contains(lost, "subsets"),
		effect: "gives way to ours, so that the service goes without its " + strings.Join(lost, ", "),
		cure:   cure,
	}
}

// lostSettings are what the foreign policy sets and ours does not set in the same
// way; sorted. Ranks are ours to decide.
func lostSettings(foreign, ours *networkingapi.TrafficPolicy) []string {
	if foreign == nil {
		return nil
	}
	a, b := withoutRanks(foreign).ProtoReflect(), withoutRanks(ours).ProtoReflect()
	var lost []string
	a.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if !b.Has(field) || !value.Equal(b.Get(field)) {
			lost = append(lost, field.JSONName())
		}
		return true
	})
	slices.Sort(lost)
	return lost
}

// prefersNear reports whether a policy sends requests to endpoints near to the caller: with
// distribute always, else only with outlierDetection, and then by itself unless it is
// switched off (istio.io/istio pilot/pkg/networking/core/loadbalancer). The mesh may have
// switched it off for all; the ranks of labels do not count.
func prefersNear(policy *networkingapi.TrafficPolicy) bool {
	s := policy.GetLoadBalancer().GetLocalityLbSetting()
	if s.GetEnabled() != nil && !s.GetEnabled().GetValue() || policy.GetLoadBalancer().GetZoneAwareLbSetting() != nil {
		return false
	}
	ranks := s.GetFailoverPriority()
	near := len(ranks) == 0 || slices.ContainsFunc(ranks, func(key string) bool { return strings.Contains(key, "topology.") })
	return len(s.GetDistribute()) > 0 || policy.GetOutlierDetection() != nil && near
}

func withoutRanks(policy *networkingapi.TrafficPolicy) *networkingapi.TrafficPolicy {
	out := proto.Clone(policy).(*networkingapi.TrafficPolicy)
	if lb := out.GetLoadBalancer(); lb != nil {
		lb.LocalityLbSetting = nil
		if proto.Equal(lb, &networkingapi.LoadBalancerSettings{}) {
			out.LoadBalancer = nil
		}
	}
	return out
}
