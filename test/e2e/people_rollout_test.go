package e2e

import (
	"context"
	"errors"
	"fmt"
	"time"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// pause stops a release where it is. Its lane serves on, as the oracle demands.
func pause(service string) scenario.Step {
	return scenario.Step{What: "pause " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "kruise", "rollout", "pause", rolloutOf(service), "-n", cluster.Namespace); err != nil {
			return err
		}
		return awaitStage(ctx, p, service, "Progressing Paused")
	}}
}

func resume(service string) scenario.Step {
	return scenario.Step{What: "resume " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		if _, err := p.Kubectl(ctx, "kruise", "rollout", "resume", rolloutOf(service), "-n", cluster.Namespace); err != nil {
			return err
		}
		return awaitStage(ctx, p, service, "Progressing InRolling")
	}}
}

// undoWhilePaused undoes a release that is paused. Kruise looks at it only when
// it is resumed, so that the undo counts from then; until then the lane is owed
// the new version.
func undoWhilePaused(service string, paused time.Duration) scenario.Step {
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

// disable ends Kruise's part in mid-release: it promotes at once.
func disable(service string) scenario.Step {
	return scenario.Step{What: "disable the Rollout of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.Promoted, Service: service})
		return setDisabled(ctx, p, service, true)
	}}
}

func enable(service string) scenario.Step {
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

// deleteRollout takes the Rollout away in mid-release: Kruise promotes, too.
func deleteRollout(service string) scenario.Step {
	return scenario.Step{What: "delete the Rollout of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.Promoted, Service: service})
		_, err := p.Kubectl(ctx, "delete", "rollouts.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace, "--timeout=60s")
		return err
	}}
}

func restoreRollouts() scenario.Step {
	return scenario.Step{What: "apply the Rollouts again", Do: func(ctx context.Context, p *scenario.Play) error { return applyRollouts(ctx, p) }}
}

// publishAndUndoBeforeItsPods takes a publish back while Kruise prepares the
// release. Kruise does not see that and releases the old version as a canary.
func publishAndUndoBeforeItsPods(service string) scenario.Step {
	return scenario.Step{What: "publish " + service + " and undo it before its pods exist", Do: func(ctx context.Context, p *scenario.Play) error {
		old := p.Newest[service]
		if err := publish(service).Do(ctx, p); err != nil {
			return err
		}
		if err := p.AwaitBegun(ctx, service); err != nil {
			return err
		}
		if err := p.Undo(ctx, service); err != nil {
			return err
		}
		p.Newest[service] = old
		p.Timeline.Add(timeline.Event{Kind: timeline.Published, Service: service, Version: old.String(), Detail: "by the undo"})
		return nil
	}}
}

// undoThePromotion undoes what was promoted already: that is a release of the
// version before.
func undoThePromotion(service string) scenario.Step {
	return scenario.Step{What: "undo the promotion of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		before := cluster.Version{Number: p.Newest[service].Number - 1}
		p.Timeline.Add(timeline.Event{Kind: timeline.Published, Service: service, Version: before.String(), Detail: "by an undo"})
		if _, err := p.Kubectl(ctx, "kruise", "rollout", "undo", rolloutOf(service), "-n", cluster.Namespace); err != nil {
			return err
		}
		p.Newest[service] = before
		return nil
	}}
}

// publishNew publishes a version that there has not been yet, after an undo.
func publishNew(service string) scenario.Step {
	return scenario.Step{What: "publish a new version of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Newest[service] = cluster.Version{Number: p.Newest[service].Number + 2}
		return p.Publish(ctx, service, p.Newest[service])
	}}
}

// loseApproval approves, and writes Kruise's old status over it, as Kruise's own
// status write does when it was on its way. Kruise is not there meanwhile, so that
// the loss is all it sees: one that is only frozen may still hear of the approval.
func loseApproval(service string) scenario.Step {
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

func rolloutOf(service string) string { return "rollout/rollouts-" + service }
