package istio

import (
	"slices"
	"time"

	networkingapi "istio.io/api/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// subset is the state of a lane's subset.
func (l *live) subset(laneName string, now time.Time) lane.Subset {
	host := hostname.Of(l.service)
	s := lane.Subset{Routed: routesTo(l.routes, host, laneName)}
	for _, vs := range l.ingresses {
		s.RoutedByIngress = s.RoutedByIngress || routesTo(vs, host, laneName)
	}
	if l.find(laneName) == nil {
		return s
	}
	s.Defined = true
	s.NamedAfter = l.deadline(apiv1.AnnotationNamedAfter+laneName, now)
	if key := apiv1.AnnotationRemovedAfter + laneName; l.rule.Annotations[key] != "" {
		s.RemovedAfter = l.deadline(key, now)
	}
	return s
}

// nameable reports whether an ingress route may begin to name a lane's subset, and
// how long until it may (0 if no time is known).
func (l *live) nameable(laneName string, now time.Time) (bool, time.Duration) {
	s := l.subset(laneName, now)
	if !s.Defined || !s.RemovedAfter.IsZero() || !allowsIngress(l.rule) {
		return false, 0
	}
	return s.Nameable(now), until(s.NamedAfter, now)
}

// find returns a lane's subset as it is.
func (l *live) find(laneName string) *networkingapi.Subset {
	if l.rule == nil {
		return nil
	}
	for _, s := range l.rule.Spec.Subsets {
		if s.Name == laneName {
			return s
		}
	}
	return nil
}

// has reports whether a lane's subset is there or can be made.
func (l *live) has(plan lane.Plan, laneName string) bool {
	return l.find(laneName) != nil || slices.Contains(lanesOf(plan), laneName)
}

// names are all subsets that are defined or that the mesh routes name.
func (l *live) names() []string {
	var out []string
	if l.rule != nil {
		for _, s := range l.rule.Spec.Subsets {
			out = append(out, s.Name)
		}
	}
	if l.routes != nil {
		out = append(out, subsetsNamed(l.routes, hostname.Of(l.service))...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// last is the lane that everybody else's requests go to; empty without routes.
func (l *live) last() string {
	if l.routes == nil || len(l.routes.Spec.Http) == 0 {
		return ""
	}
	last := l.routes.Spec.Http[len(l.routes.Spec.Http)-1]
	if len(last.Match) > 0 || len(last.Route) == 0 || last.Route[0].Destination.GetHost() != hostname.Of(l.service) {
		return ""
	}
	return last.Route[0].Destination.GetSubset()
}
