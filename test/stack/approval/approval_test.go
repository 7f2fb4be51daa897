package approval

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	waiting   = rolloutsv1beta1.CanaryStepStatePaused
	approved  = rolloutsv1beta1.CanaryStepStateReady
	completed = rolloutsv1beta1.CanaryStepStateCompleted
	next      = rolloutsv1beta1.CanaryStepStateInit
	upgrading = rolloutsv1beta1.CanaryStepStateUpgrade
)

// at is a Rollout in the first of its steps, or in the second after "next".
func at(state rolloutsv1beta1.CanaryStepState) *rolloutsv1beta1.Rollout {
	r := &rolloutsv1beta1.Rollout{}
	r.Name, r.Status.Phase = "shop", rolloutsv1beta1.RolloutPhaseProgressing
	r.Status.Conditions = []rolloutsv1beta1.RolloutCondition{{
		Type: rolloutsv1beta1.RolloutConditionProgressing, Reason: rolloutsv1beta1.ProgressingReasonInRolling}}
	r.Status.CanaryStatus = &rolloutsv1beta1.CanaryStatus{CanaryRevision: "new"}
	r.Status.CanaryStatus.CurrentStepIndex, r.Status.CanaryStatus.CurrentStepState = 1, state
	if state == next {
		r.Status.CanaryStatus.CurrentStepIndex = 2
	}
	return r
}

func with(r *rolloutsv1beta1.Rollout, change func(*rolloutsv1beta1.RolloutStatus)) *rolloutsv1beta1.Rollout {
	change(&r.Status)
	return r
}

func reason(text string) func(*rolloutsv1beta1.RolloutStatus) {
	return func(s *rolloutsv1beta1.RolloutStatus) { s.Conditions[0].Reason = text }
}

func TestWhatSaysThatKruiseActed(t *testing.T) {
	for name, tt := range map[string]struct {
		now  *rolloutsv1beta1.Rollout
		want bool
	}{
		"it waits":                        {at(waiting), false},
		"only the approval is there":      {at(approved), false},
		"the step is prepared once more":  {at(upgrading), false},
		"the last step is over":           {at(completed), true},
		"the next step has begun":         {at(next), true},
		"it is being ended":               {with(at(completed), reason(rolloutsv1beta1.ProgressingReasonFinalising)), true},
		"somebody has paused the Rollout": {with(at(waiting), reason(rolloutsv1beta1.ProgressingReasonPaused)), false},
		"it is being taken back":          {with(at(waiting), reason(rolloutsv1beta1.ProgressingReasonCancelling)), true},
		"it was taken back, and the step stays as it was": {with(at(waiting), func(s *rolloutsv1beta1.RolloutStatus) {
			s.Phase = rolloutsv1beta1.RolloutPhaseHealthy
		}), true},
		"another version has taken its place": {with(at(waiting), func(s *rolloutsv1beta1.RolloutStatus) {
			s.CanaryStatus.CanaryRevision = "newer"
		}), true},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tt.want, acted(at(waiting), tt.now)) })
	}
}

// give approves while the Rollout looks like these, one after another.
func give(t *testing.T, asked error, looks ...any) (asks, losses int, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		n := 0
		look := func(ctx context.Context) (*rolloutsv1beta1.Rollout, error) {
			at := looks[min(n, len(looks)-1)]
			n++
			if err, ok := at.(error); ok {
				return nil, err
			}
			return at.(*rolloutsv1beta1.Rollout), ctx.Err()
		}
		err = Give(t.Context(), look, func(context.Context) error { asks++; return asked }, func() { losses++ })
	})
	return asks, losses, err
}

func TestAnApprovalIsRepeatedUntilKruiseHasActed(t *testing.T) {
	asks, losses, err := give(t, nil, at(waiting), at(approved), at(completed))
	require.NoError(t, err)
	assert.Equal(t, []int{1, 0}, []int{asks, losses})

	// Kruise's late write comes after the approval was seen: once, and once more.
	asks, losses, err = give(t, nil, at(waiting), at(approved), at(waiting), errors.New("busy"), at(approved), at(waiting), at(approved), at(completed))
	require.NoError(t, err)
	assert.Equal(t, []int{3, 2}, []int{asks, losses})
}

func TestAnApprovalThatIsRefusedIsNot(t *testing.T) {
	asks, _, err := give(t, errors.New("it is not paused"), at(upgrading))
	require.EqualError(t, err, "it is not paused")
	assert.Equal(t, 1, asks)
}

func TestNobodyWaitsForEver(t *testing.T) {
	_, _, err := give(t, nil, at(waiting), at(approved))
	require.ErrorContains(t, err, "act on the approval of shop: not within 2m0s; the last look said: the step is StepReady")
}
