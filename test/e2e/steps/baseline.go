package steps

import (
	"context"
	"fmt"
	"time"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
)

// Another lane becomes the baseline.

// MoveBaseline lets another lane be the baseline, and waits until it is: the pods carry its
// label, and the group is ready.
func MoveBaseline(to string) scenario.Step {
	return scenario.Step{What: "lane " + to + " becomes the baseline", Do: func(ctx context.Context, p *scenario.Play) error {
		begun := time.Now()
		if err := editGroup(ctx, p, fmt.Sprintf(`{"permissiveModeConfiguration": {"fallbackTarget": %q}}`, to)); err != nil {
			return err
		}
		for _, s := range cluster.Chain {
			if err := awaitLabelled(ctx, p, s, to); err != nil {
				return err
			}
		}
		if err := awaitGroup(ctx, p, lanev1.ConditionReady, lanev1.ReasonProgrammed, ""); err != nil {
			return err
		}
		p.Note("another lane was the baseline after %.0fs", time.Since(begun).Seconds())
		return scenario.Pass(ctx, 2*cluster.Settle)
	}}
}

// MoveBaselineInto lets the lane of the samples' tag, into which there are releases, be the
// baseline: its canaries are nobody's, and its tag is everybody's.
func MoveBaselineInto() scenario.Step {
	return scenario.Step{What: "the lane that is released into becomes the baseline", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, cluster.Lane)
		if err := moveEntry(ctx, p, cluster.Lane); err != nil {
			return err
		}
		return tagGone(ctx, p, cluster.Lane)
	}}
}

// MoveBaselineOut takes that back.
func MoveBaselineOut(services ...string) scenario.Step {
	return scenario.Step{What: "it is a gray lane again", Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, cluster.Lane)
		if err := moveEntry(ctx, p, cluster.Base); err != nil {
			return err
		}
		if err := awaitGroup(ctx, p, lanev1.ConditionReady, lanev1.ReasonProgrammed, ""); err != nil {
			return err
		}
		if err := LaneHas(cluster.Lane, services...).Do(ctx, p); err != nil {
			return err
		}
		return tagServes(ctx, p, cluster.Lane)
	}}
}

// moveEntry lets a lane be the baseline, and waits until the entry goes by it, which is last.
func moveEntry(ctx context.Context, p *scenario.Play, to string) error {
	if err := editGroup(ctx, p, fmt.Sprintf(`{"permissiveModeConfiguration": {"fallbackTarget": %q}}`, to)); err != nil {
		return err
	}
	for _, s := range cluster.Chain {
		if err := awaitLabelled(ctx, p, s, to); err != nil {
			return err
		}
	}
	return cluster.Await(ctx, "the entry to go by the new baseline", time.Minute, func(ctx context.Context) (string, error) {
		vs, err := entryRoutes(ctx, p)
		if err != nil {
			return "", err
		}
		if by := vs.Annotations[lanev1.AnnotationBaseline]; by != to {
			return "it goes by " + by, nil
		}
		return "", nil
	})
}

func awaitLabelled(ctx context.Context, p *scenario.Play, service, lane string) error {
	return cluster.Await(ctx, "the baseline pods of "+service+" to be labelled "+lane, time.Minute, func(ctx context.Context) (string, error) {
		pods, err := p.BaselinePods(ctx, service)
		for _, pod := range pods {
			if is := pod.Labels["ASM_TRAFFIC_TAG"]; is != lane {
				return fmt.Sprintf("%s is labelled %q", pod.Name, is), nil
			}
		}
		return "", err
	})
}
