package steps

import (
	"context"
	"fmt"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Where Rollouts release into.

// ReleaseInto points a Rollout at another lane, by that lane's label.
func ReleaseInto(lane, service string) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("the Rollout of %s releases into %s", service, lane), Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error { return applyRollouts(ctx, p) })
		p.Timeline.Add(timeline.Event{Kind: timeline.Into, Service: service, Lane: lane})
		_, err := p.Kubectl(ctx, "patch", "rollouts.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace, "--type=merge", "-p",
			fmt.Sprintf(`{"spec": {"strategy": {"canary": {"patchPodTemplateMetadata": {"labels": {"ASM_TRAFFIC_TAG": %q}}}}}}`, lane))
		if err != nil {
			return err
		}
		return p.AwaitRest(ctx, 3*time.Minute)
	}}
}

// Replicas gives a service so many pods, and its releases as many canary pods, until the end.
func Replicas(service string, n int) scenario.Step {
	return scenario.Step{What: fmt.Sprintf("%s has %d pods", service, n), Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error {
			if err := scaleTo(ctx, p, service, 1); err != nil {
				return err
			}
			return applyRollouts(ctx, p)
		})
		if err := scaleTo(ctx, p, service, n); err != nil {
			return err
		}
		if _, err := p.Kubectl(ctx, "patch", "rollouts.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace, "--type=merge", "-p",
			fmt.Sprintf(`{"spec": {"strategy": {"canary": {"steps": [{"replicas": %d}]}}}}`, n)); err != nil {
			return err
		}
		return p.AwaitRest(ctx, 3*time.Minute)
	}}
}

// ReleaseAsBefore applies the Rollouts of the samples again, that of the service
// being the only other one.
func ReleaseAsBefore(service string) scenario.Step {
	return scenario.Step{What: "the Rollout of " + service + " is as it was", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.Into, Service: service})
		if err := applyRollouts(ctx, p); err != nil {
			return err
		}
		return p.AwaitRest(ctx, 3*time.Minute)
	}}
}

// NameNoLane has a Rollout release into a lane that there is not.
func NameNoLane(service string) scenario.Step {
	return scenario.Step{What: "the Rollout of " + service + " names a lane that is not there", Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, "annotate", "rollouts.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace, lanev1.AnnotationLane+"=nobody")
		p.Cleanup(func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "annotate", "rollouts.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace, lanev1.AnnotationLane+"-")
			return err
		})
		return err
	}}
}

// LeaveTheLabelToTheWebhook takes the lane's label out of the Rollouts: only
// the webhook knows then which pods are the lane's.
func LeaveTheLabelToTheWebhook() scenario.Step {
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
