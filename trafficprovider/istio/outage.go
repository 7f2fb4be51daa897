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
// doubles from 800ms to 30s, with as much again by chance.
const (
	backOffFirst = 800 * time.Millisecond
	backOffMax   = 30 * time.Second
)

// outage is the last time in which the API server could not be reached, or the last times,
// where one began before every watch was back from the other.
type outage struct {
	mu   sync.Mutex
	last span
}

// span is from when the API server could not be reached to when every watch has come back.
type span struct{ began, over time.Time }

// note is called while the API server cannot be reached, which was so from since on. A watch
// that failed for as long waits as long again, or twice that.
func (o *outage) note(since, at time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if since.After(o.last.over) {
		o.last.began = since
	}
	if over := at.Add(2 * min(backOffMax, at.Sub(since)+backOffFirst)); over.After(o.last.over) {
		o.last.over = over
	}
}

func (o *outage) span() span {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.last
}

// heard returns when every proxy knows what it would know at the deadline, one settle after
// a write.
func (s span) heard(deadline time.Time, settle time.Duration) time.Time {
	known := s.over.Add(settle)
	if s.over.IsZero() || deadline.Before(s.began) || !deadline.Before(known) {
		return deadline
	}
	return known
}
