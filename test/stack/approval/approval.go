// Package approval approves a release as a careful person does.
//
// An approval is a patch of the step's state in the Rollout's status, which
// Kruise writes, too, as a whole and from what it read before: a write that was
// under way puts StepPaused back, at once or a moment after the approval could
// be read. So the state alone says nothing. An approval has come through when
// Kruise itself has acted on it; until then it is looked at, and repeated.
package approval

import (
	"context"
	"fmt"
	"time"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
)

const (
	// limit is many times what Kruise takes, which is less than a second: a busy
	// machine may be slow, and an approval that comes through early costs nothing.
	limit = 2 * time.Minute
	// lookEvery is less than what Kruise takes, or somebody would wait.
	lookEvery = 100 * time.Millisecond
)

// Give asks for the approval of the Rollout that look reads, and returns when
// Kruise has acted on it. ask is called again, and lost before it, whenever Kruise
// has overwritten the approval.
func Give(ctx context.Context, look func(context.Context) (*rolloutsv1beta1.Rollout, error), ask func(context.Context) error, lost func()) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not within %s", limit))
	defer cancel()
	before, err := look(ctx)
	if err != nil {
		return err
	}
	if err := ask(ctx); err != nil {
		return err
	}
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for said := ""; ; {
		now, err := look(ctx)
		switch {
		case ctx.Err() != nil: // whatever it said last
		case err != nil:
			said = err.Error() // the API server may be busy or away
		case acted(before, now):
			return nil
		case paused(now):
			said = "Kruise has overwritten it"
			lost()
			if err := ask(ctx); err != nil { // Kruise may have acted just now: the next look tells
				said += ", and asking again failed: " + err.Error()
			}
		default:
			said = fmt.Sprintf("the step is %s, and Kruise has not acted on it", now.Status.CanaryStatus.CurrentStepState)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("waiting for Kruise to act on the approval of %s: %w; the last look said: %s", before.Name, context.Cause(ctx), said)
		}
	}
}

// acted says whether Kruise has left the step in which the Rollout was, for the
// next one or for the end of the release; or whether there is nothing to approve
// any more, because the release was taken back or replaced.
func acted(before, now *rolloutsv1beta1.Rollout) bool {
	was, is := before.Status.CanaryStatus, now.Status.CanaryStatus
	switch {
	case now.Status.Phase != rolloutsv1beta1.RolloutPhaseProgressing || !rolling(now) || is == nil:
		return true // what the status says of the step is a thing of the past
	case was == nil || was.CanaryRevision != is.CanaryRevision || was.CurrentStepIndex != is.CurrentStepIndex:
		return true
	}
	return is.CurrentStepState == rolloutsv1beta1.CanaryStepStateCompleted
}

// paused is only asked where nobody has acted.
func paused(r *rolloutsv1beta1.Rollout) bool {
	return r.Status.CanaryStatus.CurrentStepState == rolloutsv1beta1.CanaryStepStatePaused
}

// rolling: Kruise is at a step, or stays at it because somebody paused the Rollout.
func rolling(r *rolloutsv1beta1.Rollout) bool {
	for _, c := range r.Status.Conditions {
		if c.Type == rolloutsv1beta1.RolloutConditionProgressing {
			return c.Reason == rolloutsv1beta1.ProgressingReasonInRolling || c.Reason == rolloutsv1beta1.ProgressingReasonPaused
		}
	}
	return false
}
