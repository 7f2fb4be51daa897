package istio

import (
	"sync"
	"time"
)

// A settle is how long every proxy takes to learn of a write, of an istiod that the API
// server tells of it at once. After an outage of the API server istiod watches each kind
// again by itself, as late as its back-off says: it may hear of a route half a minute before
// the subset that the route names, however far apart they were written. So what was written
// since the outage, and shortly before it, counts as known only when every watch has come
// back.

// backOff of a watch that was cut off (k8s.io/client-go/tools/cache, NewReflector): it
// doubles from 800ms to 30s, with as much again by chance, and begins anew after two minutes.
const (
	backOffFirst = 800 * time.Millisecond
	backOffMax   = 30 * time.Second
	backOffReset = 2 * time.Minute
)

// outage is the last time in which the API server could not be reached.
type outage struct {
	mu   sync.Mutex
	last span
}

// span is from the first call that reached nobody to the last one.
type span struct{ began, ended time.Time }

// note prolongs the outage, or begins another one.
func (o *outage) note(at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if at.Sub(o.last.ended) > backOffReset {
		o.last.began = at
	}
	if at.After(o.last.ended) {
		o.last.ended = at
	}
}

func (o *outage) span() span {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last
}

// watchedAgain is when every watch has come back: one that failed for as long as the outage
// waits as long again, or twice that.
func (s span) watchedAgain() time.Time {
	return s.ended.Add(2 * min(backOffMax, s.ended.Sub(s.began)+backOffFirst))
}

// heard returns when every proxy knows what it would know at the deadline, one settle after
// a write.
func (s span) heard(deadline time.Time, settle time.Duration) time.Time {
	if s.ended.IsZero() || deadline.Before(s.began) {
		return deadline
	}
	if again := s.watchedAgain(); deadline.Add(-settle).Before(again) && again.Add(settle).After(deadline) {
		return again.Add(settle)
	}
	return deadline
}
