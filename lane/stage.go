package lane

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
	// not one that outlived an earlier workload of the same name.
	CanaryExists bool
}

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
		// Deleting or disabling a Rollout in mid-release promotes.
		return StagePromoting
	case "Disabled":
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
