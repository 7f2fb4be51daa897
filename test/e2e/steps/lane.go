package steps

import (
	"context"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Lanes that are added, removed and renamed.

// AddLane applies a lane of its own tag and label beside the samples'.
func AddLane(name string) scenario.Step {
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

// RemoveOtherLane removes a lane that is not the samples'.
func RemoveOtherLane(name string) scenario.Step {
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

// RenameLane deletes the gray lane and creates one of another name for the
// same pods, as people rename things, without waiting for the first to be gone.
func RenameLane(to string) scenario.Step {
	return scenario.Step{What: "rename the lane to " + to, Do: func(ctx context.Context, p *scenario.Play) error {
		return renameLane(ctx, p, cluster.Lane, to, func() error {
			return p.Client.Create(ctx, laneOf(cluster.Group, to, cluster.Lane))
		})
	}}
}

// RenameLaneBack undoes RenameLane, in the same way.
func RenameLaneBack(from string) scenario.Step {
	return scenario.Step{What: "rename it back", Do: func(ctx context.Context, p *scenario.Play) error {
		return renameLane(ctx, p, from, cluster.Lane, func() error {
			_, err := p.Kubectl(ctx, "apply", "-f", cluster.Samples+"/3-lanes.yaml")
			return err
		})
	}}
}

func renameLane(ctx context.Context, p *scenario.Play, from, to string, create func() error) error {
	begun := time.Now()
	tagMoves(p, from)
	if _, err := p.Kubectl(ctx, "delete", "asmswimlane", from, "--wait=false"); err != nil {
		return err
	}
	tagMoves(p, to)
	if err := create(); err != nil {
		return err
	}
	if err := awaitServing(ctx, p, to, "mockb"); err != nil {
		return err
	}
	p.Note("a lane that was renamed by delete and create served again after %.0fs", time.Since(begun).Seconds())
	if _, err := p.Kubectl(ctx, "wait", "--for=delete", "asmswimlane/"+from, "--timeout=30s"); err != nil {
		return err
	}
	if err := tagServes(ctx, p, to); err != nil {
		return err
	}
	return tagGone(ctx, p, from)
}

// laneOf a group for the pods with a label. Its tag is its name.
func laneOf(group, name, label string) *lanev1.ASMSwimLane {
	return &lanev1.ASMSwimLane{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{lanev1.LabelSwimLaneGroup: group}},
		Spec: lanev1.ASMSwimLaneSpec{
			LabelSelector: map[string]string{"ASM_TRAFFIC_TAG": label},
			IngressRules:  []lanev1.IngressRule{ruleFor(name)},
		},
	}
}

// awaitServing waits until the lane is Ready and has ready pods of the service.
func awaitServing(ctx context.Context, p *scenario.Play, name, service string) error {
	return cluster.Await(ctx, "lane "+name+" to serve", time.Minute, func(ctx context.Context) (string, error) {
		lane := &lanev1.ASMSwimLane{}
		if err := p.Client.Get(ctx, client.ObjectKey{Name: name}, lane); err != nil {
			return "", err
		}
		serves := slices.ContainsFunc(lane.Status.Services, func(s lanev1.LaneServiceStatus) bool {
			return s.Name == service && s.Ready > 0
		})
		if serves && lane.DeletionTimestamp.IsZero() && meta.IsStatusConditionTrue(lane.Status.Conditions, lanev1.ConditionReady) {
			return "", nil
		}
		return fmt.Sprintf("it says %+v", lane.Status), nil
	})
}
