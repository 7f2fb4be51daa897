package istio

import (
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// rule is the DestinationRule of a step, with the waits that start when it is
// written. The plan's lanes get what the plan says; a subset that is leaving stays
// as it is.
func rule(plan lane.Plan, l *live, t transition, now time.Time) (*networkingv1.DestinationRule, []string, error) {
	top, err := mergePolicy(plan, everybodys(plan, l, t))
	if err != nil {
		return nil, nil, err
	}
	var subsets []*networkingapi.Subset
	for _, name := range t.defined() {
		s, err := subsetOf(plan, l, t, name)
		if err != nil {
			return nil, nil, err
		}
		subsets = append(subsets, s)
	}
	out := emptyRule(plan.Group, l)
	out.Spec.Host = hostname.Of(plan.Service)
	out.Spec.ExportTo = l.exportTo()
	out.Spec.TrafficPolicy = top
	out.Spec.Subsets = subsets
	return out, annotate(out, plan, l, t, now), nil
}

// exportTo is said, but for where somebody else has a rule of the same host that does not:
// Istio merges two rules only where both say the same (mergeDestinationRule,
// ENABLE_ENHANCED_DESTINATIONRULE_MERGE), and else takes the last one alone, without the
// subsets of the other.
func (l *live) exportTo() []string {
	for _, other := range l.foreign.rules {
		if other.Namespace == l.service.Namespace && other.Spec.WorkloadSelector == nil && len(other.Spec.ExportTo) == 0 &&
			hostname.Resolve(other.Spec.Host, other.Namespace) == hostname.Of(l.service) {
			return nil
		}
	}
	return everyNamespace()
}

// annotate notes on a rule when its subsets may be named, when they may go, from which
// lane the baseline moves, and whether an ingress may name them. It returns the waits that start when the rule
// is written.
func annotate(rule *networkingv1.DestinationRule, plan lane.Plan, l *live, t transition, now time.Time) []string {
	d := &deadlines{live: l, now: now, keptOut: l.keptOut(plan, now), next: map[string]string{}}
	d.ofSubsets(t)
	d.ofMarkers(plan.GrayLanes, rule.Spec.Subsets)
	d.ofAnswers(t)
	d.ofMove(plan, t)
	l.record(plan, d.next)
	if marksIngress(plan, l) {
		d.next[apiv1.AnnotationEntry] = "true"
	}
	rule.Annotations = replaceOurs(rule.Annotations, d.next)
	return d.started
}

// emptyRule is the object as it is, but for its spec, or a new one.
func emptyRule(group string, l *live) *networkingv1.DestinationRule {
	labels := serviceLabels(group, l.service)
	if l.rule == nil {
		name := ruleName(group, l.service)
		return &networkingv1.DestinationRule{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name, Labels: labels}}
	}
	rule := l.rule.DeepCopy()
	proto.Reset(&rule.Spec)
	rule.Labels = replaceOurs(rule.Labels, labels)
	return rule
}

func subsetOf(plan lane.Plan, l *live, t transition, name string) (*networkingapi.Subset, error) {
	if name == plan.Baseline.Lane {
		return baselineSubset(plan, l, t)
	}
	if plan.Next != nil && name == plan.Next.Lane {
		return rankedSubset(plan, *plan.Next, plan.GrayLanes)
	}
	if name == t.left {
		return proto.Clone(l.find(name)).(*networkingapi.Subset), nil
	}
	if m, ok := lane.MemberOf(plan.Gray, name); ok {
		if plan.Mode == lane.Strict {
			return strictSubset(plan, m, t.marker(plan, name))
		}
		return graySubset(plan, t, m)
	}
	if m, ok := lane.MemberOf(plan.Lacking, name); ok {
		return strictSubset(plan, m, noMarkerValue)
	}
	leaving := proto.Clone(l.find(name)).(*networkingapi.Subset)
	if plan.Refused[lane.TrafficPatch].LeftOut {
		leaving.TrafficPolicy = ownPart(leaving.TrafficPolicy)
	}
	return leaving, nil
}

// rankedSubset holds all endpoints, the lane's first and those of the others last.
func rankedSubset(plan lane.Plan, m lane.Member, others []string) (*networkingapi.Subset, error) {
	policy, err := mergePolicy(plan, laneFirst(m, others))
	return &networkingapi.Subset{Name: m.Lane, TrafficPolicy: policy}, err
}

// noMarkerValue is one that no pod's marker has.
const noMarkerValue = "0"

// marker is the value of the marker that a strict lane's subset asks for beside the lane's label, since pods
// of an undone version keep that; empty for none. There is none where there is no baseline: nothing is
// undone there, and the lane that was the baseline has pods without a marker. Nor is there while pods may
// not carry theirs yet.
func (t transition) marker(plan lane.Plan, name string) string {
	if plan.WithoutBaseline() || slices.Contains(t.unmarked, name) {
		return ""
	}
	return apiv1.MarkerValue
}

// strictSubset is rankedSubset with the lane's endpoints alone, or none: whoever finds it empty is
// answered 503. The ranks change nothing then, and are there for when the group is permissive again.
func strictSubset(plan lane.Plan, m lane.Member, marker string) (*networkingapi.Subset, error) {
	subset, err := rankedSubset(plan, m, plan.GrayLanes)
	subset.Labels = maps.Clone(m.Selector)
	if marker != "" {
		subset.Labels[apiv1.LaneMarker(m.Lane)] = marker
	}
	return subset, err
}

// drainingRule is the rule of a Service that is given up: what is left,
// unchanged, with the deadlines of its removal. Should the Service come back, it
// finds the others as it left them.
func drainingRule(plan lane.Plan, l *live, t transition, now time.Time) *networkingv1.DestinationRule {
	rule := l.rule.DeepCopy()
	rule.Spec.Subsets = slices.DeleteFunc(rule.Spec.Subsets, func(s *networkingapi.Subset) bool { return !t.is[s.Name].Defined })
	if _, refused := plan.Refused[lane.TrafficPatch]; refused { // nobody is to be stopped from leaving
		rule.Spec.TrafficPolicy = ownPart(rule.Spec.TrafficPolicy)
		for _, s := range rule.Spec.Subsets {
			s.TrafficPolicy = ownPart(s.TrafficPolicy)
		}
	}
	annotate(rule, plan, l, t, now)
	return rule
}
