package e2e

import (
	"context"
	"fmt"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// approveThenUndo approves and takes it back the given time after, as soon as
// that can be done: undo goes back to the newest ReplicaSet but one, so that
// before the approved version has a stable ReplicaSet it would go one version
// too far, or fail where there is none.
func approveThenUndo(service string, after time.Duration) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("approve %s, undo %s later", service, after), Do: func(ctx context.Context, p *scenario.Play) error {
		if err := p.Approve(ctx, service); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, after); err != nil {
			return err
		}
		if err := p.AwaitStableRevision(ctx, service, p.Newest[service]); err != nil {
			return err
		}
		return p.Undo(ctx, service)
	}}
}

// publishUntilSeen publishes into the end of another release. Kruise cleans up
// after that one and may wipe away what says that a new one has begun; then the
// Rollout is Healthy, and the Deployment stays paused or rolls the version out
// to everybody, until somebody publishes again, as we do.
func publishUntilSeen(service string) scenario.Step {
	return scenario.Step{What: "publish " + service + " at once", Do: func(ctx context.Context, p *scenario.Play) error {
		for range 3 {
			if err := publish(service).Do(ctx, p); err != nil {
				return err
			}
			seen, cancel := context.WithTimeout(ctx, 10*time.Second)
			err := p.AwaitBegun(seen, service)
			cancel()
			if err == nil {
				return nil
			}
			p.Timeline.Add(timeline.Event{Kind: timeline.Overlooked, Service: service})
			p.Note("Kruise overlooked a publish of %s that came into the end of another release; it was repeated", service)
		}
		return fmt.Errorf("Kruise overlooked three publishes of %s", service)
	}}
}

// saysWhyNotReady waits until the lane's status names the service, with so many
// pods, and says that none of them is ready.
func saysWhyNotReady(service string, pods int32) scenario.Step {
	return scenario.Step{What: "the lane says why " + service + " is not ready", Do: func(ctx context.Context, p *scenario.Play) error {
		return cluster.Await(ctx, "the reason in the lane's status", time.Minute, func(ctx context.Context) (string, error) {
			lane, err := p.GrayLane(ctx)
			if err != nil {
				return "", err
			}
			for _, s := range lane.Status.Services {
				if s.Name == service && s.Pods == pods && s.Ready == 0 && s.Reason == lanev1.ReasonNoReadyPods && s.Message != "" {
					return "", nil
				}
			}
			return fmt.Sprintf("it says %+v", lane.Status.Services), nil
		})
	}}
}

// leaveTheLabelToTheWebhook takes the lane's label out of the Rollouts: only
// the webhook knows then which pods are the lane's.
func leaveTheLabelToTheWebhook() scenario.Step {
	return scenario.Step{What: "Rollouts without patchPodTemplateMetadata", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error { return applyRollouts(ctx, p) })
		for _, s := range cluster.Chain {
			if _, err := p.Kubectl(ctx, "patch", "rollouts.rollouts.kruise.io", "rollouts-"+s, "-n", cluster.Namespace, "--type=json",
				"-p", `[{"op": "remove", "path": "/spec/strategy/canary/patchPodTemplateMetadata"}]`); err != nil {
				return err
			}
		}
		return p.AwaitRest(ctx, 3*time.Minute)
	}}
}
