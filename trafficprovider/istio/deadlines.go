package istio

import (
	"slices"
	"strings"
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
)

// stamp writes a deadline as exactly as timeUnit is. Whole seconds would be easier
// to read, but all that was undone within one would leave at the same moment.
func stamp(t time.Time) string {
	return ceil(t).UTC().Format("2006-01-02T15:04:05.999Z07:00") // RFC 3339
}

// timeUnit of deadlines.
const timeUnit = time.Millisecond

// ceil rounds up: rounding must not make a wait shorter.
func ceil(t time.Time) time.Time {
	if whole := t.Truncate(timeUnit); !whole.Equal(t) {
		return whole.Add(timeUnit)
	}
	return t
}

// readDeadline reads a deadline from annotations. sound is false when it has to
// be written again: it is missing, it is no time, or it lies so far ahead that
// no wait of ours can have been meant. It then counts from now.
func readDeadline(annotations map[string]string, key string, now time.Time, settle time.Duration) (deadline time.Time, sound bool) {
	latest := ceil(now.Add(settle))
	t, err := time.Parse(time.RFC3339, annotations[key])
	if err != nil || t.After(latest) {
		return latest, false
	}
	return t, true
}

// until is the time that is left; 0 when t has passed.
func until(t, now time.Time) time.Duration {
	return max(0, t.Sub(now))
}

// sooner is the shorter of two waits, of which 0 is none.
func sooner(a, b time.Duration) time.Duration {
	if a == 0 || (b != 0 && b < a) {
		return b
	}
	return a
}

// deadlines collects the annotations of a rule that is about to be written, and
// the waits that its write starts. A deadline that is there and sound stays as
// it is written.
type deadlines struct {
	live *live
	now  time.Time
	// keptOut is set when a subset with labels has kept all others' pods out, as every proxy
	// knows.
	keptOut bool
	next    map[string]string
	started []string
}

func (d *deadlines) stamp(key string, deadline time.Time) {
	d.next[key] = stamp(deadline)
	d.started = append(d.started, key)
}

// sound returns the live annotation, if it can stay.
func (d *deadlines) sound(key string) (string, bool) {
	if d.live.rule == nil {
		return "", false
	}
	_, ok := readDeadline(d.live.rule.Annotations, key, d.now, d.live.settle)
	return d.live.rule.Annotations[key], ok
}

// ofSubsets are the deadlines of the subsets themselves.
func (d *deadlines) ofSubsets(t transition) {
	for _, name := range t.defined() {
		was, is := t.was[name], t.is[name]
		named, removed := apiv1.AnnotationNamedAfter+name, apiv1.AnnotationRemovedAfter+name
		if value, ok := d.sound(named); ok && was.Defined {
			d.next[named] = value
		} else {
			d.stamp(named, is.NamedAfter)
		}
		if is.RemovedAfter.IsZero() {
			continue
		}
		// No wait of the write's: the routes were gone before it.
		d.next[removed] = stamp(is.RemovedAfter)
		if value, ok := d.sound(removed); ok && !was.RemovedAfter.IsZero() {
			d.next[removed] = value
		}
	}
}

// ofMarkers say since when a subset that requests may already meet keeps other
// lanes' pods out. They stay as long as some subset does, one that is leaving
// included: it may come back.
func (d *deadlines) ofMarkers(others []string, subsets []*networkingapi.Subset) {
	if d.live.rule == nil {
		return // every subset names all markers from its start
	}
	lanes := append(listedLanes(d.live.rule), others...)
	slices.Sort(lanes)
	for _, other := range slices.Compact(lanes) {
		key := apiv1.AnnotationListedAfter + other
		value, sound := d.sound(key)
		listed := slices.ContainsFunc(subsets, func(s *networkingapi.Subset) bool { return lists(s, other) })
		switch {
		case !listed:
		case d.begins(subsets, other), value != "" && !sound:
			d.stamp(key, d.now.Add(d.live.settle))
		case value != "":
			d.next[key] = value
		}
	}
}

// begins reports whether a subset that exists begins to keep the lane's pods out.
func (d *deadlines) begins(subsets []*networkingapi.Subset, other string) bool {
	return slices.ContainsFunc(subsets, func(s *networkingapi.Subset) bool {
		was := d.live.find(s.Name)
		return was != nil && (isGray(was) || !d.keptOut) && lists(s, other) && !lists(was, other)
	})
}

// listedLanes are the lanes that a rule has a marker's deadline for; sorted.
func listedLanes(rule *networkingv1.DestinationRule) []string {
	var out []string
	for key := range rule.Annotations {
		if other, ok := strings.CutPrefix(key, apiv1.AnnotationListedAfter); ok {
			out = append(out, other)
		}
	}
	slices.Sort(out)
	return out
}
