package node

import "time"

const (
	maxBackoff = 10 * time.Second
	// stableRun is how long a container must have run for its past to be
	// forgotten.
	stableRun = 30 * time.Second
)

// backoff is the wait before a restart: none for the first, then 1 s, 2 s,
// 4 s … It is shorter than a kubelet's, so that tests of crashes take seconds.
type backoff struct{ restarts int }

func (b *backoff) next(ran time.Duration) time.Duration {
	if ran >= stableRun {
		b.restarts = 0
	}
	b.restarts++
	if b.restarts == 1 {
		return 0
	}
	return min(time.Second<<min(b.restarts-2, 10), maxBackoff)
}
