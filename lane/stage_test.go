package lane

import (
	"testing"
	"time"

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
		"deleted after an undo":                {RolloutFacts{Phase: "Terminating", Reason: "Completed", Succeeded: "False"}, StageRollingBack},
		"deleted while it is being undone":     {RolloutFacts{Phase: "Terminating", Reason: "Cancelling"}, StageRollingBack},
		"disabled while it is being undone":    {RolloutFacts{Phase: "Disabling", Reason: "Cancelling"}, StageRollingBack},
		"disabled after an undo":               {RolloutFacts{Phase: "Disabled", Reason: "Completed", Succeeded: "False"}, StageRolledBack},
		"disabled after a promotion":           {RolloutFacts{Phase: "Disabled", Reason: "Completed", Succeeded: "True"}, StagePromoted},
		"workload deleted, canary left behind": {RolloutFacts{Phase: "Initial", CanaryExists: true}, StageRolledBack},
		"promoted, its canary still goes":      {RolloutFacts{Phase: "Healthy", Reason: "Completed", Succeeded: "True", CanaryExists: true}, StagePromoted},
		"new Rollout":                          {RolloutFacts{}, StageIdle},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, StageOf(tc.facts)) })
	}
}

func TestOfEarlierRelease(t *testing.T) {
	before, began, after := time.Unix(1000, 0), time.Unix(2000, 0), time.Unix(2003, 0)
	for name, tc := range map[string]struct {
		facts   RolloutFacts
		created time.Time
		want    bool
	}{
		"its own":                             {RolloutFacts{Phase: "Progressing", Reason: "InRolling", Began: began}, after, false},
		"of the release before":               {RolloutFacts{Phase: "Progressing", Reason: "InRolling", Began: began}, before, true},
		"older by what clocks may differ":     {RolloutFacts{Phase: "Progressing", Reason: "Initializing", Began: began}, began.Add(-clockSkew), false},
		"older by more":                       {RolloutFacts{Phase: "Progressing", Reason: "Initializing", Began: began}, began.Add(-clockSkew - time.Second), true},
		"two releases ago, undone since":      {RolloutFacts{Phase: "Progressing", Reason: "Cancelling", Began: began}, before, true},
		"two releases ago, promoted since":    {RolloutFacts{Phase: "Healthy", Reason: "Completed", Succeeded: "True", Began: began}, before, true},
		"of the release that is over":         {RolloutFacts{Phase: "Healthy", Reason: "Completed", Succeeded: "True", Began: began}, after, false},
		"published, the status is the last's": {RolloutFacts{Phase: "Healthy", Reason: "Completed", Succeeded: "False", InProgress: true, Began: began}, after, true},
		"of two versions of one release":      {RolloutFacts{Phase: "Progressing", Reason: "Initializing", InProgress: true, Began: began}, after, false},
		"of a Rollout that tells nothing":     {RolloutFacts{Phase: "Progressing", Reason: "InRolling", InProgress: true}, before, false},
		"of a workload that was lost":         {RolloutFacts{Phase: "Initial"}, before, false},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, OfEarlierRelease(tc.facts, tc.created)) })
	}
}
