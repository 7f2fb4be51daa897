package istio

import (
	"strings"
	"sync"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
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

// note starts the waits whose annotations the write brought. Removals are not
// among them: their clock starts when routes are seen to be gone, before any
// write. What is over is forgotten.
func (w *waits) note(write trafficprovider.Write, at time.Time) {
	rule, ok := write.Object.(*networkingv1.DestinationRule)
	if !ok || write.Op == trafficprovider.Delete {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for k, end := range w.ends {
		if end.Before(at) {
			delete(w.ends, k)
		}
	}
	var before map[string]string
	if write.Old != nil {
		before = write.Old.GetAnnotations()
	}
	for key, value := range rule.Annotations {
		if isWait(key) && before[key] != value {
			w.ends[wait{nameOf(rule), key}] = at.Add(w.settle)
		}
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

func isWait(key string) bool {
	return strings.HasPrefix(key, apiv1.AnnotationNamedAfter) || strings.HasPrefix(key, apiv1.AnnotationListedAfter)
}
