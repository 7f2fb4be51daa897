package istio

import (
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/hostname"
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

// note starts a write's waits.
func (w *waits) note(write trafficprovider.Write, at time.Time, settle time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sweep(at, settle)
	for _, wait := range write.Starts {
		rule, annotation := parseWait(wait)
		if w.ends[rule] == nil {
			w.ends[rule] = map[string]time.Time{}
		}
		w.ends[rule][annotation] = at.Add(settle)
	}
}

// waitsOf are waits of a DestinationRule as Write.Starts has them, by the annotations that
// they are written down in.
func waitsOf(rule types.NamespacedName, annotations ...string) []string {
	var out []string
	for _, annotation := range annotations {
		out = append(out, rule.String()+" "+annotation)
	}
	return out
}

func parseWait(wait string) (rule types.NamespacedName, annotation string) {
	name, annotation, _ := strings.Cut(wait, " ")
	rule.Namespace, rule.Name, _ = strings.Cut(name, string(types.Separator))
	return rule, annotation
}

// freed are the waits for the removal of subsets that routes of a group do not name any more.
// The clock of a removal starts when routes are seen to be gone, before any write; but a
// route may be named after that by another leader, whose write was long under way, and then
// the subset outlives that route. next is nil if all go.
func freed(group string, was, next *networkingv1.VirtualService) []string {
	if was == nil {
		return nil
	}
	var out []string
	for _, d := range destinations(was) {
		service, ok := hostname.Service(d.Host)
		if ok && d.Subset != "" && !routesTo(next, d.Host, d.Subset) {
			out = append(out, waitsOf(ruleName(group, service), apiv1.AnnotationRemovedAfter+d.Subset)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
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
