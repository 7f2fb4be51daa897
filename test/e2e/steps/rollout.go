package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Rollouts that people hold, switch off or delete, and an approval that Kruise overwrites.

// Pause stops a release where it is. Its lane serves on, as the oracle demands.
func Pause(service string) scenario.Step {
	return scenario.Step{What: "pause " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "kruise", "rollout", "pause", rolloutOf(service), "-n", cluster.Namespace); err != nil {
			return err
		}
		return awaitStage(ctx, p, service, "Progressing Paused")
	}}
}

// Resume goes on with a release that is paused.
func Resume(service string) scenario.Step {
	return scenario.Step{What: "resume " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "kruise", "rollout", "resume", rolloutOf(service), "-n", cluster.Namespace); err != nil {
			return err
		}
		return awaitStage(ctx, p, service, "Progressing InRolling")
	}}
}

// UndoWhilePaused undoes a release that is paused. Kruise looks at it only when
// it is resumed, so that the undo counts from then; until then the lane is owed
// the new version.
func UndoWhilePaused(service string, paused time.Duration) scenario.Step {
	return scenario.Step{What: "undo " + service + " while it is paused, and resume it", Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "kruise", "rollout", "undo", rolloutOf(service), "-n", cluster.Namespace); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, paused); err != nil {
			return err
		}
		p.Timeline.Add(timeline.Event{Kind: timeline.UndoAsked, Service: service})
		_, err := p.Kubectl(ctx, "kruise", "rollout", "resume", rolloutOf(service), "-n", cluster.Namespace)
		p.Timeline.Add(timeline.Event{Kind: timeline.UndoDone, Service: service})
		return err
	}}
}

// Disable ends Kruise's part in mid-release: it promotes at once.
func Disable(service string) scenario.Step {
	return scenario.Step{What: "disable the Rollout of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.Promoted, Service: service})
		return setDisabled(ctx, p, service, true)
	}}
}

// Enable lets Kruise have the Rollout again.
func Enable(service string) scenario.Step {
	return scenario.Step{What: "enable the Rollout of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		if err := awaitStage(ctx, p, service, "Disabled"); err != nil {
			return err
		}
		return setDisabled(ctx, p, service, false)
	}}
}

func setDisabled(ctx context.Context, p *scenario.Play, service string, disabled bool) error {
	_, err := p.Kubectl(ctx, "patch", "rollouts.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace,
		"--type=merge", "-p", fmt.Sprintf(`{"spec": {"disabled": %t}}`, disabled))
	return err
}

// DeleteRollout takes the Rollout away in mid-release: Kruise promotes, too.
func DeleteRollout(service string) scenario.Step {
	return scenario.Step{What: "delete the Rollout of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.Promoted, Service: service})
		_, err := p.Kubectl(ctx, "delete", "rollouts.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace, "--timeout=60s")
		return err
	}}
}

// RestoreRollouts brings back those that were deleted.
func RestoreRollouts() scenario.Step {
	return scenario.Step{What: "apply the Rollouts again", Do: applyRollouts}
}

func applyRollouts(ctx context.Context, p *scenario.Play) error {
	_, err := p.Kubectl(ctx, "apply", "-f", cluster.Samples+"/4-rollouts.yaml")
	return err
}

// LoseApproval approves, and writes Kruise's old status over it, as Kruise's own
// status write does when it was on its way. Kruise is not there meanwhile, so that
// the loss is all it sees: one that is only frozen may still hear of the approval.
func LoseApproval(service string) scenario.Step {
	return scenario.Step{What: "an approval of " + service + " that is lost", Do: func(ctx context.Context, p *scenario.Play) error {
		if err := p.Stack.StopComponent("kruise-rollout"); err != nil {
			return err
		}
		err := approveAndOverwrite(ctx, p, service)
		if err := errors.Join(err, p.Stack.StartComponent("kruise-rollout")); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, 3*time.Second); err != nil {
			return err
		}
		return awaitStage(ctx, p, service, "StepPaused")
	}}
}

func approveAndOverwrite(ctx context.Context, p *scenario.Play, service string) error {
	if _, err := p.Kubectl(ctx, "kruise", "rollout", "approve", rolloutOf(service), "-n", cluster.Namespace); err != nil {
		return err
	}
	r, err := p.Rollout(ctx, service)
	if err != nil {
		return err
	}
	if got := r.Status.CanaryStatus.CurrentStepState; got != rolloutsv1beta1.CanaryStepStateReady {
		return fmt.Errorf("the approval is not there: the step is %s", got)
	}
	r.Status.CanaryStatus.CurrentStepState = rolloutsv1beta1.CanaryStepStatePaused
	return p.Client.Status().Update(ctx, r)
}

// awaitStage waits until the last that the Rollout said contains these words.
func awaitStage(ctx context.Context, p *scenario.Play, service, words string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return p.Timeline.Await(ctx, fmt.Sprintf("the Rollout of %s to be %s", service, words), func(events []timeline.Event) bool {
		last := ""
		for _, e := range events {
			if e.Kind == timeline.Stage && e.Service == service {
				last = e.Detail
			}
		}
		return strings.Contains(last, words)
	})
}

func rolloutOf(service string) string { return "rollout/rollouts-" + service }
