package istio

import "time"

// stamp writes a deadline in whole seconds, rounded up: rounding must not make
// a wait shorter.
func stamp(t time.Time) string {
	return ceil(t).UTC().Format(time.RFC3339)
}

func ceil(t time.Time) time.Time {
	if whole := t.Truncate(time.Second); !whole.Equal(t) {
		return whole.Add(time.Second)
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
