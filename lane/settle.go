package lane

import "time"

// Subset is the state of one lane's subset at one Service: which objects have it, and
// since when. The zero value is a subset that does not exist.
type Subset struct {
	// Defined is set when the DestinationRule has the subset.
	Defined bool
	// NamedAfter is when a route may first name it: one settle after it was
	// defined.
	NamedAfter time.Time
	// Routed is set when the Service's own routes name it.
	Routed bool
	// RoutedByIngress is set when a route of some ingress names it. The group controller
	// writes that route, so the subset has to wait for it.
	RoutedByIngress bool
	// RemovedAfter is when it may be removed: one settle after it was first observed that
	// no route names it. Zero while it stays.
	RemovedAfter time.Time
}

// Nameable reports whether a route may name the subset now.
func (s Subset) Nameable(now time.Time) bool {
	return s.Defined && !now.Before(s.NamedAfter)
}

// Settle returns the next state of a subset and how long until there is more to do (0
// when only a change brings more).
//
// Proxies learn of subsets and of routes at different moments. A route that
// names a subset its proxy does not know yet answers 503, so a subset is
// defined one settle before a route names it, and outlives the last route by
// one settle.
//
// The state that Settle returns differs from the one it got by at most one write that
// must be observed before the next: the clock of a removal starts in a later call, when
// the routes are observed to be gone.
func Settle(wanted bool, s Subset, now time.Time, settle time.Duration) (Subset, time.Duration) {
	if wanted {
		return join(s, now, settle)
	}
	return leave(s, now, settle)
}

func join(s Subset, now time.Time, settle time.Duration) (Subset, time.Duration) {
	if !s.Defined {
		s.Defined, s.NamedAfter, s.RemovedAfter = true, now.Add(settle), time.Time{}
		return s, settle
	}
	s.RemovedAfter = time.Time{}
	if !s.Nameable(now) {
		return s, s.NamedAfter.Sub(now)
	}
	s.Routed = true
	return s, 0
}

func leave(s Subset, now time.Time, settle time.Duration) (Subset, time.Duration) {
	switch {
	case !s.Defined:
		return Subset{RoutedByIngress: s.RoutedByIngress}, 0
	case s.Routed:
		s.Routed, s.RemovedAfter = false, time.Time{}
		return s, 0
	case s.RoutedByIngress:
		s.RemovedAfter = time.Time{}
		return s, 0
	case s.RemovedAfter.IsZero():
		s.RemovedAfter = now.Add(settle)
		return s, settle
	case now.Before(s.RemovedAfter):
		return s, s.RemovedAfter.Sub(now)
	default:
		return Subset{}, 0
	}
}
