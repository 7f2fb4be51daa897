package istio

import (
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/trafficprovider"
)

// waits remember when the writes that started a wait were completed.
//
// The deadline in an annotation is computed before its write. When the API
// server takes long to answer, or this process is frozen meanwhile, proxies
// learn of the subset later than the annotation says; so a wait counts from
// whichever is later. A restart forgets this, which matters only to a manager
// that dies right after such a write.
type waits struct {
	settle time.Duration
	mu     sync.Mutex
	ends   map[wait]time.Time
}

// wait is one deadline annotation of one DestinationRule.
type wait struct {
	rule       types.NamespacedName
	annotation string
}

func newWaits(settle time.Duration) *waits {
	return &waits{settle: settle, ends: map[wait]time.Time{}}
}

// note starts a write's waits. Removals are not among them: their clock starts
// when routes are seen to be gone, before any write. What is over is forgotten.
func (w *waits) note(write trafficprovider.Write, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, end := range w.ends {
		if end.Before(at) {
			delete(w.ends, k)
		}
	}
	for _, annotation := range write.Starts {
		w.ends[wait{nameOf(write.Object), annotation}] = at.Add(w.settle)
	}
}

// of returns the waits of one DestinationRule, by annotation.
func (w *waits) of(rule types.NamespacedName) map[string]time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := map[string]time.Time{}
	for k, end := range w.ends {
		if k.rule == rule {
			out[k.annotation] = end
		}
	}
	return out
}
