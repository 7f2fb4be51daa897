package istio

import (
	"maps"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// rule is the DestinationRule of a step. The plan's lanes get what the plan
// says, a subset that is leaving stays as it is.
func (p *Provider) rule(plan lane.Plan, l *live, t target, now time.Time) (*networkingv1.DestinationRule, error) {
	top, err := mergePolicy(plan, baselineFirst(plan.Baseline))
	if err != nil {
		return nil, err
	}
	var subsets []*networkingapi.Subset
	for _, name := range t.defined() {
		s, err := subsetOf(plan, l, name)
		if err != nil {
			return nil, err
		}
		subsets = append(subsets, s)
	}
	rule := emptyRule(plan.Group, l)
	rule.Spec.Host = hostOf(plan.Service)
	rule.Spec.TrafficPolicy = top
	rule.Spec.Subsets = subsets
	ours := p.deadlines(l, t, now)
	maps.Copy(ours, p.listings(plan, l, subsets, now))
	rule.Annotations = replaceOurs(rule.Annotations, ours)
	return rule, nil
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

func subsetOf(plan lane.Plan, l *live, name string) (*networkingapi.Subset, error) {
	if name == plan.Baseline.Lane {
		policy, err := mergePolicy(plan, baselineOnly())
		return &networkingapi.Subset{Name: name, Labels: plan.Baseline.Selector, TrafficPolicy: policy}, err
	}
	if i := slices.IndexFunc(plan.Gray, func(m lane.Member) bool { return m.Lane == name }); i >= 0 {
		policy, err := mergePolicy(plan, laneFirst(plan.Gray[i], plan.Others))
		return &networkingapi.Subset{Name: name, TrafficPolicy: policy}, err
	}
	return proto.Clone(l.find(name)).(*networkingapi.Subset), nil
}

// shrunk is the rule of a Service that is given up: what is left, unchanged,
// with the deadlines of its removal. Should the Service come back, it finds the
// others as it left them.
func (p *Provider) shrunk(l *live, t target, now time.Time) *networkingv1.DestinationRule {
	rule := l.rule.DeepCopy()
	rule.Spec.Subsets = slices.DeleteFunc(rule.Spec.Subsets, func(s *networkingapi.Subset) bool { return !t.is[s.Name].Defined })
	next := p.deadlines(l, t, now)
	for key, value := range rule.Annotations {
		if strings.HasPrefix(key, apiv1.AnnotationListedAfter) {
			next[key] = value
		}
	}
	rule.Annotations = replaceOurs(rule.Annotations, next)
	return rule
}

// deadlines are the annotations that belong to subsets. One that is there and
// sound stays as it is written: waits may count it from later.
func (p *Provider) deadlines(l *live, t target, now time.Time) map[string]string {
	out := map[string]string{}
	write := func(key string, had bool, deadline time.Time) {
		out[key] = stamp(deadline)
		if had {
			if _, sound := readDeadline(l.rule.Annotations, key, now, p.settle); sound {
				out[key] = l.rule.Annotations[key]
			}
		}
	}
	for _, name := range t.defined() {
		was, is := t.was[name], t.is[name]
		write(apiv1.AnnotationNamedAfter+name, was.Defined, is.NamedAfter)
		if !is.RemovedAfter.IsZero() {
			write(apiv1.AnnotationRemovedAfter+name, !was.RemovedAfter.IsZero(), is.RemovedAfter)
		}
	}
	return out
}

// listings are the annotations of other lanes' markers: since when a subset
// that requests may already meet keeps their pods out. They stay as long as the
// lane does.
func (p *Provider) listings(plan lane.Plan, l *live, subsets []*networkingapi.Subset, now time.Time) map[string]string {
	out := map[string]string{}
	if l.rule == nil {
		return out
	}
	for _, other := range plan.Others {
		key := apiv1.AnnotationListedAfter + other
		value, there := l.rule.Annotations[key]
		_, sound := readDeadline(l.rule.Annotations, key, now, p.settle)
		switch {
		case beginsToList(l, subsets, other), there && !sound:
			out[key] = stamp(now.Add(p.settle))
		case there:
			out[key] = value
		}
	}
	return out
}

func beginsToList(l *live, subsets []*networkingapi.Subset, other string) bool {
	return slices.ContainsFunc(subsets, func(s *networkingapi.Subset) bool {
		was := l.find(s.Name)
		return was != nil && lists(s, other) && !lists(was, other)
	})
}

// listedAfter is the moment that a rule names for another lane's marker.
func listedAfter(rule *networkingv1.DestinationRule, other string, now time.Time, settle time.Duration) time.Time {
	key := apiv1.AnnotationListedAfter + other
	if _, ok := rule.Annotations[key]; !ok {
		return time.Time{}
	}
	t, _ := readDeadline(rule.Annotations, key, now, settle)
	return t
}

// newlyListed are the lanes whose marker the rule begins to name.
func newlyListed(l *live, rule *networkingv1.DestinationRule) []string {
	var out []string
	for key, value := range rule.Annotations {
		if other, ok := strings.CutPrefix(key, apiv1.AnnotationListedAfter); ok && l.rule != nil && l.rule.Annotations[key] != value {
			out = append(out, other)
		}
	}
	slices.Sort(out)
	return out
}
