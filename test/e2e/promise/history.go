package promise

import (
	"slices"
	"time"

	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// history is a timeline sorted by what the promises ask for.
type history struct {
	base     map[string]string // by service: the version when the watch began
	into     map[string]string // by service: the gray lane that it is released into now
	releases map[string][]*release
	pods     map[string]*pod // by address; the node never uses one twice
	names    map[string]*pod
	away     []span // when no manager could follow
	settle   time.Duration
	deeds
	removed removals
}

// release is one publish and what became of it. Times that have not come are
// zero.
type release struct {
	old, new              string
	lane                  string // that its canary is of
	published, approved   time.Time
	undoAsked, undoDone   time.Time
	superseded            time.Time // by the next publish, before any approval
	firstReady, lastReady time.Time // of its canary's first pod, of anybody's last
	canaryUntil           time.Time // when the last canary pod stopped serving
	canaryGone            time.Time // when the canary Deployment was deleted, which ends its pods
	ungated               bool      // promoted by Kruise, which waits for nobody then
}

// pod is one of a service's.
type pod struct {
	service, version, name string
	canary                 bool
	seen                   time.Time
	ready                  []span
}

// span is open while its end is zero.
type span struct{ from, to time.Time }

func newHistory(events []timeline.Event) *history {
	h := &history{base: map[string]string{}, into: map[string]string{}, releases: map[string][]*release{}, pods: map[string]*pod{}, names: map[string]*pod{},
		deeds: newDeeds(), removed: removals{services: map[string][]span{}}}
	for _, e := range events {
		h.add(e)
	}
	for service, releases := range h.releases {
		for i, r := range releases {
			h.readiness(service, r, releases[i+1:])
		}
	}
	return h
}

func (h *history) add(e timeline.Event) {
	last := h.last(e.Service)
	switch e.Kind {
	case timeline.Baseline:
		h.base[e.Service] = e.Version
	case timeline.Published:
		if last != nil && last.approved.IsZero() && last.undoAsked.IsZero() {
			last.superseded = e.At
		}
		h.releases[e.Service] = append(h.releases[e.Service],
			&release{old: h.baseline(e.Service), new: e.Version, lane: h.into[e.Service], published: e.At})
	case timeline.Into:
		h.into[e.Service] = e.Lane
	case timeline.Approved, timeline.Promoted:
		if last != nil && last.approved.IsZero() {
			last.approved, last.ungated = e.At, e.Kind == timeline.Promoted
		}
	case timeline.UndoAsked:
		if last != nil {
			last.undoAsked = e.At
		}
	case timeline.UndoDone:
		if last != nil {
			last.undoDone = e.At
		}
	case timeline.CanaryGone:
		if last != nil && last.new == e.Version {
			last.canaryGone = e.At
		}
	case timeline.Overlooked:
		h.overlooked(e.Service, last)
	case timeline.Away:
		h.away = append(h.away, span{from: e.At})
	case timeline.Back:
		if n := len(h.away); n > 0 {
			h.away[n-1].to = e.At
		}
	case timeline.LaneRemoved, timeline.GroupRemoved, timeline.Restored, timeline.Unmanaged, timeline.Managed:
		h.removed.add(e)
	default:
		h.addDeed(e)
		h.addPod(e)
	}
}

// overlooked is a publish that came into the end of another release, for which
// Kruise began none. It may have let the Deployment go on by itself, and then
// the new version is everybody's without anybody's approval: that is between
// Kruise and whoever published, and from then on no lane is involved. Lanes stay
// out of it all the same (NoLeak).
func (h *history) overlooked(service string, r *release) {
	if r == nil {
		return
	}
	for _, p := range h.names {
		if p.service == service && p.version == r.new && !p.canary {
			r.approved = r.published
		}
	}
}

func (h *history) addPod(e timeline.Event) {
	switch p := h.names[e.Pod]; e.Kind {
	case timeline.PodSeen:
		if p == nil { // else it has been restarted, with another address
			p = &pod{service: e.Service, version: e.Version, name: e.Pod, canary: e.Canary, seen: e.At}
		}
		h.names[e.Pod], h.pods[e.IP] = p, p
	case timeline.PodReady:
		if p != nil {
			p.ready = append(p.ready, span{from: e.At})
		}
	case timeline.PodEnds, timeline.PodGone, timeline.Killed:
		p.close(e.At)
	}
}

func (p *pod) close(at time.Time) {
	if p == nil || len(p.ready) == 0 {
		return
	}
	if last := &p.ready[len(p.ready)-1]; last.to.IsZero() {
		last.to = at
	}
}

// unattended: no manager could follow while the request ran, or within the time
// before it that the promises leave.
func (h *history) unattended(r load.Record) bool {
	return slices.ContainsFunc(h.away, func(s span) bool {
		return !r.End.Before(s.from) && r.Start.Before(or(s.to, forever).Add(Join))
	})
}

// awayAt: no manager could follow then, so that nobody was in the lane.
func (h *history) awayAt(t time.Time) bool {
	return slices.ContainsFunc(h.away, func(s span) bool { return !t.Before(s.from) && t.Before(or(s.to, forever)) })
}

// settled is when the release's subset had settled, and its route had reached
// every proxy.
func (h *history) settled(r *release) time.Time { return r.published.Add(h.settle + SettleGrace) }

func (h *history) last(service string) *release {
	if all := h.releases[service]; len(all) > 0 {
		return all[len(all)-1]
	}
	return nil
}

// baseline is the version that a publish now would replace.
func (h *history) baseline(service string) string {
	version := h.base[service]
	for _, r := range h.releases[service] {
		if !r.approved.IsZero() && r.undoAsked.IsZero() {
			version = r.new
		}
	}
	return version
}

// readiness notes when the release's version had ready pods: its canary's
// first, and anybody's last. Where a later release brings the same version
// again, pods that start after its publish are its own.
func (h *history) readiness(service string, r *release, later []*release) {
	until := forever
	for _, l := range later {
		if l.new == r.new {
			until = earliest(until, l.published)
		}
	}
	for _, p := range h.names {
		if p.service != service || p.version != r.new {
			continue
		}
		for _, s := range p.ready {
			if s.from.Before(r.published) || s.from.After(until) {
				continue
			}
			if p.canary {
				r.firstReady = earliest(r.firstReady, s.from)
				r.canaryUntil = latest(r.canaryUntil, or(s.to, forever))
			}
			r.lastReady = latest(r.lastReady, or(s.to, forever))
		}
	}
}

// releaseOf is the release that a pod belongs to: the newest of its version
// that had been published when it appeared. Nil for a pod of the baseline that
// was there first, which an undo may bring back.
func (h *history) releaseOf(p *pod) *release {
	var found *release
	for _, r := range h.releases[p.service] {
		if r.new == p.version && !r.published.After(p.seen) {
			found = r
		}
	}
	return found
}

// forever is later than any request.
var forever = time.Unix(1<<40, 0)

func or(t, otherwise time.Time) time.Time {
	if t.IsZero() {
		return otherwise
	}
	return t
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// earliest of the times that have come.
func earliest(times ...time.Time) time.Time {
	first := forever
	for _, t := range times {
		if !t.IsZero() && t.Before(first) {
			first = t
		}
	}
	return first
}
