package e2e

import (
	"context"
	"fmt"
	"time"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// Two gray lanes of one group, with releases in both at a time. Nobody of one may
// meet a pod of the other, wherever in the chain it is.

// blue is the second lane, with a tag and a label of that name.
const blue = "blue"

var blueStreams = []load.Stream{{Name: blue, Path: "/mock", Tag: blue, Rate: 100}}

func twoGrayLanes() []scenario.Step {
	return []scenario.Step{
		tagsOfNobody(blue), addLane(blue),
		// canary meets new, old, new; blue old, new, old.
		releaseInto(blue, "mockb"),
		publish("mocka", "mockb", "mockc"), inLane("mocka", "mockc"), inLaneOf(blue, "mockb"),
		undo("mocka"), approve("mockb"), released("mocka"), released("mockb"),
		approve("mockc"), rest(),
		// Each where the other was, and blue is undone this time.
		releaseAsBefore("mockb"), releaseInto(blue, "mocka"),
		publish("mocka", "mockb"), inLane("mockb"), inLaneOf(blue, "mocka"),
		undo("mocka"), approve("mockb"), rest(),
		releaseAsBefore("mocka"), removeOtherLane(blue),
	}
}

// addLane applies a lane of its own tag and label beside the samples'.
func addLane(name string) scenario.Step {
	return scenario.Step{What: "add lane " + name, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Cleanup(func(ctx context.Context) error {
			_, err := p.Kubectl(ctx, "delete", "asmswimlane", name, "--ignore-not-found", "--timeout=60s")
			return err
		})
		p.Timeline.Add(timeline.Event{Kind: timeline.TagMoves, Tag: name, Lane: name})
		if err := p.Client.Create(ctx, laneOf(cluster.Group, name, name)); err != nil {
			return err
		}
		if err := awaitEntryRoute(ctx, p, name+"/"+name, true); err != nil {
			return err
		}
		return tagServes(ctx, p, name)
	}}
}

func removeOtherLane(name string) scenario.Step {
	return scenario.Step{What: "remove lane " + name, Do: func(ctx context.Context, p *scenario.Play) error {
		tagMoves(p, name)
		if _, err := p.Kubectl(ctx, "delete", "asmswimlane", name, "--timeout=60s"); err != nil {
			return err
		}
		if err := awaitEntryRoute(ctx, p, name+"/"+name, false); err != nil {
			return err
		}
		return tagGone(ctx, p, name)
	}}
}

// releaseInto points a Rollout at another lane, by that lane's label.
func releaseInto(lane, service string) scenario.Step {
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

// releaseAsBefore applies the Rollouts of the samples again, that of the service
// being the only other one.
func releaseAsBefore(service string) scenario.Step {
	return scenario.Step{What: "the Rollout of " + service + " is as it was", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.Into, Service: service})
		if err := applyRollouts(ctx, p); err != nil {
			return err
		}
		return p.AwaitRest(ctx, 3*time.Minute)
	}}
}

func applyRollouts(ctx context.Context, p *scenario.Play) error {
	_, err := p.Kubectl(ctx, "apply", "-f", cluster.Samples+"/4-rollouts.yaml")
	return err
}
