package lane

import (
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// A Service finds its pods by its selector, whatever lane they are of. One that asks for the
// baseline's label has the baseline's pods alone: right for a Service beside a group's (bypass.go),
// and wrong for one of the group.

// selectorProblem is a Service whose selector never finds the pods of some lane; nil without one.
func selectorProblem(s Snapshot) *Problem {
	baseline, ok := s.Group.BaselineOf(s.Service.Key)
	if !ok {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(baseline.Selector)) {
		value, asks := s.Service.Selector[key]
		if !asks || value != baseline.Selector[key] {
			continue
		}
		for _, l := range s.Group.GrayLanes(s.Service.Key) {
			if other, ok := l.Selector[key]; ok && other != value {
				return &Problem{apiv1.ReasonServiceUnsupported, fmt.Sprintf(
					"its selector has %s=%s, so that it never finds the pods of lane %s, which have %s=%s: take %s out of the Service's selector", key, value, l.Name, key, other, key)}
			}
		}
	}
	return nil
}

// loses is the problem of a move that would take ready pods out of a Service, since that finds
// them by labels which the move changes; nil without one.
func (s Snapshot) loses(then []Verdict) *Problem {
	over := map[types.NamespacedName]map[string]string{s.Service.Key: s.Service.Selector}
	for _, b := range s.Beside {
		over[b.Service] = b.Selector
	}
	for _, service := range slices.SortedFunc(maps.Keys(over), CompareKeys) {
		selector := over[service]
		for i, p := range s.Pods {
			if p.Ready && !p.Terminating && Selects(selector, p.Labels) && !Selects(selector, then[i].Change.Apply(p.Labels)) {
				return &Problem{apiv1.ReasonServiceUnsupported, fmt.Sprintf(
					"Service %s finds pod %s by %s, which the new baseline would change to %s: take that label out of the Service's selector, or set the fallback target back to %s",
					service, p.Name, Change{Set: selector}, then[i].Change, s.Serving)}
			}
		}
	}
	return nil
}
