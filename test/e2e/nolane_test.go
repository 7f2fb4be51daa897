package e2e

import (
	"context"
	"fmt"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// A Rollout that releases into no lane, of a workload whose pod template carries
// the baseline's label. The streams show that nobody meets its version.

func releaseIntoNoLane() []scenario.Step {
	return []scenario.Step{
		tagsOfNobody(cluster.Lane),
		leaveTheLabelToTheWebhook(), nameNoLane("mockb"),
		publish("mockb"), canaryReady("mockb"), servesNobody("mockb"),
		replaceCanary("mockb"), wait(5 * time.Second), servesNobody("mockb"),
		undo("mockb"), rest(),
	}
}

func nameNoLane(service string) scenario.Step {
	return scenario.Step{What: "the Rollout of " + service + " names a lane that is not there", Do: func(ctx context.Context, p *scenario.Play) error {
		_, err := p.Kubectl(ctx, "annotate", "rollouts.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace, lanev1.AnnotationLane+"=nobody")
		p.Cleanup(func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "annotate", "rollouts.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace, lanev1.AnnotationLane+"-")
			return err
		})
		return err
	}}
}

// replaceCanary deletes the canary pods, so that others start.
func replaceCanary(service string) scenario.Step {
	return scenario.Step{What: "other canary pods of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		pods, err := p.CanaryPods(ctx, service)
		if err != nil {
			return err
		}
		_, err = p.Kubectl(ctx, append([]string{"delete", "pods", "-n", cluster.Namespace}, names(pods)...)...)
		return err
	}}
}

// servesNobody waits until every canary pod says that it is of no lane and not of
// the baseline, and the group says so too.
func servesNobody(service string) scenario.Step {
	return scenario.Step{What: "nobody meets the canary of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		err := cluster.Await(ctx, "canary pods that are outside", time.Minute, func(ctx context.Context) (string, error) {
			pods, err := p.CanaryPods(ctx, service)
			if err != nil || len(pods) == 0 {
				return "there is none", err
			}
			for _, pod := range pods {
				_, tagged := pod.Labels["ASM_TRAFFIC_TAG"]
				if _, outside := pod.Labels[lanev1.LabelOutside]; tagged || !outside {
					return fmt.Sprintf("pod %s has labels %v", pod.Name, pod.Labels), nil
				}
			}
			return "", nil
		})
		if err != nil {
			return err
		}
		return awaitRow(ctx, p, service, lanev1.ReasonLaneUnknown, `names "nobody"`)
	}}
}
