package lane

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"
)

const settle = 10 * time.Second

var t0 = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func TestSettleWalksALaneInAndOut(t *testing.T) {
	at := func(s int) time.Time { return t0.Add(time.Duration(s) * time.Second) }

	s, again := Settle(true, Subset{}, at(0), settle)
	assert.Equal(t, Subset{Defined: true, NamedAfter: at(10)}, s)
	assert.Equal(t, settle, again)
	s, again = Settle(true, s, at(4), settle)
	assert.False(t, s.Routed)
	assert.Equal(t, 6*time.Second, again)
	s, again = Settle(true, s, at(10), settle)
	assert.True(t, s.Routed)
	assert.Zero(t, again)

	s, again = Settle(false, s, at(20), settle)
	assert.Equal(t, Subset{Defined: true, NamedAfter: at(10)}, s, "the route goes first, the clock starts later")
	assert.Zero(t, again)
	s, again = Settle(false, s, at(21), settle)
	assert.Equal(t, at(31), s.RemovedAfter)
	assert.Equal(t, settle, again)
	back, _ := Settle(true, s, at(22), settle)
	assert.Equal(t, Subset{Defined: true, NamedAfter: at(10), Routed: true}, back, "a lane that rejoins is routed at once")
	s, _ = Settle(false, s, at(31), settle)
	assert.Equal(t, Subset{}, s)
}

func TestSettleWaitsForEntryRoutes(t *testing.T) {
	s := Subset{Defined: true, NamedAfter: t0, RoutedByIngress: true, RemovedAfter: t0}
	s, again := Settle(false, s, t0.Add(time.Hour), settle)
	assert.True(t, s.Defined)
	assert.Zero(t, s.RemovedAfter)
	assert.Zero(t, again, "the ingress's change brings us back")
}

// TestSettlePromises drives one subset through random wishes and pauses.
func TestSettlePromises(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Subset
		now := t0
		var definedAt, unroutedAt time.Time
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 15_000).Draw(t, "ms")) * time.Millisecond)
			wanted := rapid.Bool().Draw(t, "wanted")
			next, again := Settle(wanted, s, now, settle)
			if next.Defined && !s.Defined {
				definedAt = now
			}
			if s.Routed && !next.Routed {
				unroutedAt = now
			}
			if next.Routed && (!next.Defined || now.Sub(definedAt) < settle) {
				t.Fatalf("routed %s after it was defined", now.Sub(definedAt))
			}
			if s.Defined && !next.Defined && now.Sub(unroutedAt) < settle {
				t.Fatalf("removed %s after its last route", now.Sub(unroutedAt))
			}
			if again < 0 || again > settle {
				t.Fatalf("again in %s", again)
			}
			s = next
		}
		for range 6 { // left alone it reaches what was wished last
			next, again := Settle(true, s, now, settle)
			s, now = next, now.Add(again)
		}
		if !s.Routed {
			t.Fatalf("never routed: %+v", s)
		}
	})
}
