package timeline

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Timeline collects events. The zero value is ready for use.
type Timeline struct {
	mu      sync.Mutex
	events  []Event
	changed chan struct{} // closed at the next event; nil when nobody waits
}

// Add remembers an event, at the present time unless it has one.
func (t *Timeline) Add(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e.At.IsZero() {
		e.At = time.Now()
	}
	t.events = append(t.events, e)
	if t.changed != nil {
		close(t.changed)
		t.changed = nil
	}
}

// Events returns what happened so far.
func (t *Timeline) Events() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Event(nil), t.events...)
}

// Await returns when the condition holds for the events so far. What says what
// is awaited, for the error.
func (t *Timeline) Await(ctx context.Context, what string, holds func([]Event) bool) error {
	for {
		events, changed := t.watch()
		if holds(events) {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, context.Cause(ctx))
		}
	}
}

func (t *Timeline) watch() ([]Event, <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.changed == nil {
		t.changed = make(chan struct{})
	}
	return append([]Event(nil), t.events...), t.changed
}

// Print lists events with offsets from the first.
func Print(events []Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintln(&b, e.Line(events[0].At))
	}
	return b.String()
}
