package steps

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// RestoreLanes applies group and lanes again, and waits until the lane serves
// these services.
func RestoreLanes(services ...string) scenario.Step {
	return scenario.Step{What: "group and lanes are applied again", Do: func(ctx context.Context, p *scenario.Play) error {
		err := cluster.Await(ctx, "the lanes to be accepted", time.Minute, func(ctx context.Context) (string, error) {
			_, err := p.Kubectl(ctx, "apply", "-f", cluster.Samples+"/3-lanes.yaml")
			return "", err
		})
		if err != nil {
			return err
		}
		if err := cluster.Await(ctx, "group and lane to be ready", p.Patience, func(ctx context.Context) (string, error) { return unready(ctx, p) }); err != nil {
			return err
		}
		if err := p.AwaitLaneWithin(ctx, p.Patience, cluster.Lane, services...); err != nil {
			return err
		}
		p.Timeline.Add(timeline.Event{Kind: timeline.Restored})
		return nil
	}}
}

func unready(ctx context.Context, p *scenario.Play) (string, error) {
	lane, err := p.GrayLane(ctx)
	if err != nil {
		return "", err
	}
	group, err := groupNamed(ctx, p, cluster.Group)
	if err != nil {
		return "", err
	}
	for _, conditions := range [][]metav1.Condition{lane.Status.Conditions, group.Status.Conditions} {
		if !meta.IsStatusConditionTrue(conditions, lanev1.ConditionReady) {
			return fmt.Sprintf("%+v", conditions), nil
		}
	}
	return "", nil
}

// RemoveSamples deletes all that the samples are, applications and gateway too, in
// the middle of a release. Requests are lost, through whoever does that. What has to
// hold is that nothing hangs, and that nothing is left.
func RemoveSamples() scenario.Step {
	return scenario.Step{What: "kubectl delete -k " + cluster.Samples, Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range cluster.Chain {
			p.Timeline.Add(timeline.Event{Kind: timeline.Harmed, Service: s, Detail: "its workload is deleted"})
		}
		p.Timeline.Add(timeline.Event{Kind: timeline.Promoted, Service: "mockb"}) // by Kruise, as its Rollout goes
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "-k", cluster.Samples, "--timeout=120s"); err != nil {
			return err
		}
		if _, err := p.Kubectl(ctx, "wait", "--for=delete", "pods", "--all", "-n", cluster.Namespace, "--timeout=60s"); err != nil {
			return err
		}
		return withoutUs(ctx, p)
	}}
}

// ApplySamples brings them back as they stand, with the first versions.
func ApplySamples() scenario.Step {
	return scenario.Step{What: "kubectl apply -k " + cluster.Samples, Do: func(ctx context.Context, p *scenario.Play) error {
		for _, s := range cluster.Chain {
			p.Newest[s] = cluster.Version{Number: 1}
			p.Timeline.Add(timeline.Event{Kind: timeline.Published, Service: s, Version: p.Newest[s].String(), Detail: "by the samples"})
			p.Timeline.Add(timeline.Event{Kind: timeline.Promoted, Service: s})
		}
		if err := p.ApplySamples(ctx); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, promise.PodGrace); err != nil {
			return err
		}
		p.Timeline.Add(timeline.Event{Kind: timeline.Restored})
		for _, s := range cluster.Chain {
			p.Timeline.Add(timeline.Event{Kind: timeline.Healed, Service: s})
		}
		return nil
	}}
}
