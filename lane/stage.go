package lane

import "time"

// Stage is where a Rollout stands, in the words of the lane it releases into.
type Stage string

const (
	// StageIdle is that of a Rollout which is releasing nothing.
	StageIdle Stage = "Idle"
	// StageEntering is that of a release which began; its pods do not serve yet.
	StageEntering Stage = "Entering"
	// StageInLane is when the new version's pods are there for the lane's requests.
	StageInLane Stage = "InLane"
	// StagePromoting is when the release is approved and the baseline is being replaced.
	StagePromoting Stage = "Promoting"
	// StagePromoted is when the new version is the baseline.
	StagePromoted Stage = "Promoted"
	// StageRollingBack is when the release was undone and the new version is being removed.
	StageRollingBack Stage = "RollingBack"
	// StageRolledBack is when the new version is removed; the old one stayed the baseline.
	StageRolledBack Stage = "RolledBack"
)

// RolloutFacts are the fields of a Kruise Rollout and its workload that say
// where a release stands. The step state is not among them: after an undo it stays at
// its last value for ever, and right after a publish it is still the previous release's.
type RolloutFacts struct {
	// Phase is status.phase.
	Phase string
	// Reason is the reason of condition Progressing.
	Reason string
	// Succeeded is the status of condition Succeeded: "True", "False" or ""
	// while a release runs.
	Succeeded string
	// InProgress is set when the workload carries the annotation
	// rollouts.kruise.io/in-progressing of this Rollout. Kruise's webhook sets it with
	// the change of the template, and Kruise removes it as the first act of finishing.
	InProgress bool
	// CanaryExists is set when the canary workload exists, is not being deleted, and is
	// neither one that outlived an earlier workload of the same name nor one of an earlier
	// release.
	CanaryExists bool
	// Began is the last transition of condition Progressing: when the release began that is
	// going on, or was last.
	Began time.Time
}

// OfEarlierRelease reports whether a canary workload that was created then is not the one
// of the release that is going on, or was last. Kruise does not wait until an old one is
// gone before it releases again.
//
// Kruise's doProgressingInitializing (openkruise/rollouts v0.6.3, rollout_progressing.go)
// waits three seconds from the beginning of a release before anything is created, so
// a canary is younger than its release. Until Kruise writes that a release began, its mark on the
// workload alone tells, and no canary is of that release yet. The revision in the status
// tells less: an old canary's stands there until the new one is ready.
func OfEarlierRelease(f RolloutFacts, created time.Time) bool {
	return f.Phase == "Healthy" && f.InProgress || !f.Began.IsZero() && created.Before(f.Began.Add(-clockSkew))
}

// clockSkew is how much further than the three seconds Kruise's clock, which has the
// beginning, may be ahead of the API server's, which has the creation. An undone canary is older
// than the next release by the time that the undo took.
const clockSkew = 2 * time.Second

// StageOf returns the stage of a Rollout. Phases and reasons are those of
// openkruise/rollouts api/v1beta1 (rollout_types.go).
func StageOf(f RolloutFacts) Stage {
	switch f.Phase {
	case "Progressing":
		return progressingStage(f)
	case "Healthy":
		// The workload is marked before the Rollout's first status write.
		if f.InProgress {
			return StageEntering
		}
		return finishedStage(f)
	case "Terminating", "Disabling":
		// Deleting or disabling a Rollout in mid-release promotes, unless it was undone.
		if f.undone() {
			return StageRollingBack
		}
		return StagePromoting
	case "Disabled":
		if f.undone() {
			return StageRolledBack
		}
		return StagePromoted
	case "Initial":
		// A Rollout that loses its workload is reset to Initial and leaves its
		// canary workload running: retire it.
		if f.CanaryExists {
			return StageRolledBack
		}
	}
	return StageIdle
}

// undone reports whether the last release was undone, or is being.
func (f RolloutFacts) undone() bool { return f.Reason == "Cancelling" || f.Succeeded == "False" }

func progressingStage(f RolloutFacts) Stage {
	switch f.Reason {
	case "Finalising":
		return StagePromoting
	case "Cancelling":
		return StageRollingBack
	case "Completed":
		return finishedStage(f)
	case "InRolling", "Paused":
		if f.CanaryExists {
			return StageInLane
		}
	}
	return StageEntering
}

func finishedStage(f RolloutFacts) Stage {
	switch f.Succeeded {
	case "True":
		return StagePromoted
	case "False":
		return StageRolledBack
	}
	return StageIdle
}

// Releasing reports whether the new version is on its way into the lane or in it.
func (s Stage) Releasing() bool { return s == StageEntering || s == StageInLane }

// Undone reports whether the new version must not serve in a lane any more.
func (s Stage) Undone() bool { return s == StageRollingBack || s == StageRolledBack }
