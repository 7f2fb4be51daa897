package istio

import (
	"maps"
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
	mu sync.Mutex
	// ends by DestinationRule and annotation.
	ends map[types.NamespacedName]map[string]time.Time
	// swept is when what is over was last forgotten.
	swept time.Time
}

func newWaits() *waits {
	return &waits{ends: map[types.NamespacedName]map[string]time.Time{}}
}

// note starts a write's waits. Removals are not among them: their clock starts
// when routes are seen to be gone, before any write.
func (w *waits) note(write trafficprovider.Write, at time.Time, settle time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sweep(at, settle)
	rule := nameOf(write.Object)
	for _, annotation := range write.Starts {
		if w.ends[rule] == nil {
			w.ends[rule] = map[string]time.Time{}
		}
		w.ends[rule][annotation] = at.Add(settle)
	}
}

// sweep forgets what is over, once per settle: thousands of waits may be under
// way at once.
func (w *waits) sweep(at time.Time, settle time.Duration) {
	if at.Sub(w.swept) < settle {
		return
	}
	w.swept = at
	for rule, ends := range w.ends {
		maps.DeleteFunc(ends, func(_ string, end time.Time) bool { return end.Before(at) })
		if len(ends) == 0 {
			delete(w.ends, rule)
		}
	}
}

// of returns the waits of one DestinationRule, by annotation.
func (w *waits) of(rule types.NamespacedName) map[string]time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.ends[rule])
}
