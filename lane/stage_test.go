package lane

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestStageOf(t *testing.T) {
	for name, tc := range map[string]struct {
		facts RolloutFacts
		want  Stage
	}{
		"never released":                       {RolloutFacts{Phase: "Healthy"}, StageIdle},
		"patched, Rollout has not looked yet":  {RolloutFacts{Phase: "Healthy", Succeeded: "True", InProgress: true}, StageEntering},
		"initializing":                         {RolloutFacts{Phase: "Progressing", Reason: "Initializing", InProgress: true}, StageEntering},
		"rolling, no canary workload yet":      {RolloutFacts{Phase: "Progressing", Reason: "InRolling", InProgress: true}, StageEntering},
		"rolling":                              {RolloutFacts{Phase: "Progressing", Reason: "InRolling", InProgress: true, CanaryExists: true}, StageInLane},
		"paused by a person":                   {RolloutFacts{Phase: "Progressing", Reason: "Paused", InProgress: true, CanaryExists: true}, StageInLane},
		"approved":                             {RolloutFacts{Phase: "Progressing", Reason: "Finalising", CanaryExists: true}, StagePromoting},
		"promoted, phase lags":                 {RolloutFacts{Phase: "Progressing", Reason: "Completed", Succeeded: "True"}, StagePromoted},
		"promoted":                             {RolloutFacts{Phase: "Healthy", Reason: "Completed", Succeeded: "True"}, StagePromoted},
		"undone":                               {RolloutFacts{Phase: "Progressing", Reason: "Cancelling", CanaryExists: true}, StageRollingBack},
		"rolled back, phase lags":              {RolloutFacts{Phase: "Progressing", Reason: "Completed", Succeeded: "False"}, StageRolledBack},
		"rolled back":                          {RolloutFacts{Phase: "Healthy", Reason: "Completed", Succeeded: "False"}, StageRolledBack},
		"published again after an undo":        {RolloutFacts{Phase: "Healthy", Reason: "Completed", Succeeded: "False", InProgress: true}, StageEntering},
		"Rollout deleted in mid-release":       {RolloutFacts{Phase: "Terminating", CanaryExists: true}, StagePromoting},
		"Rollout disabled in mid-release":      {RolloutFacts{Phase: "Disabling", CanaryExists: true}, StagePromoting},
		"disabled":                             {RolloutFacts{Phase: "Disabled"}, StagePromoted},
		"workload deleted, canary left behind": {RolloutFacts{Phase: "Initial", CanaryExists: true}, StageRolledBack},
		"promoted, its canary still goes":      {RolloutFacts{Phase: "Healthy", Reason: "Completed", Succeeded: "True", CanaryExists: true}, StagePromoted},
		"new Rollout":                          {RolloutFacts{}, StageIdle},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, StageOf(tc.facts)) })
	}
}
