package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	lanev1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/load"
)

// operations are what operators do in the middle of a release. Removals take away
// what the lanes are made of, and put it back. The user's own way in shows that
// nobody is lost meanwhile: ours leaves with the group.
var operations = []scenario.Scenario{
	{Name: "upgrade", Once: true, Aside: true, Steps: []scenario.Step{
		publish("mockb"), inLane("mockb"), upgrade(), approve("mockb"), rest(),
	}},
	{Name: "remove-lane", Aside: true, Streams: userStreams, Check: userIsServed, Steps: removedAndBack(removeLane())},
	{Name: "remove-group", Once: true, Aside: true, Streams: userStreams, Check: userIsServed, Steps: removedAndBack(removeGroup())},
	{Name: "older-wins", Aside: true, Streams: olderWinsStreams, Check: youngerIsServed, Steps: olderWins()},
	{Name: "remove-product", Aside: true, Streams: userStreams, Check: userIsServed, Steps: removedAndBack(
		removeProductAtOnce(), forceProduct(), wait(5*time.Second), installProduct())},
	{Name: "remove-kinds-first", Aside: true, Streams: userStreams, Check: userIsServed, Steps: removedAndBack(kindsFirst()...)},
	{Name: "remove-managers-first", Aside: true, Streams: userStreams, Check: userIsServed, Steps: removedAndBack(managersFirst()...)},
	{Name: "remove-samples", Aside: true, Steps: samplesRemovedAndBack()},
}

// upgrade applies the manifests again and replaces every manager, one by one.
// New leaders have nothing to write, for nothing changed.
func upgrade() scenario.Step {
	return scenario.Step{What: "the managers are replaced", Do: func(ctx context.Context, p *scenario.Play) error {
		seen := timeline.Writes(p.Timeline.Events())
		if err := p.DeployProduct(ctx); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, 2*cluster.Settle); err != nil {
			return err
		}
		if writes := timeline.Writes(p.Timeline.Events()) - seen; writes > 0 {
			return fmt.Errorf("%d mesh writes by new managers although nothing changed", writes)
		}
		return nil
	}}
}

func removedAndBack(removal ...scenario.Step) []scenario.Step {
	steps := append([]scenario.Step{addForeignRoute(), publish("mockb", "mockc"), inLane("mockb", "mockc")}, removal...)
	return append(steps, wait(5*time.Second), restoreLanes("mockb", "mockc"), wait(promise.Retake+promise.Join),
		approve("mockb", "mockc"), rest())
}

// userStreams go in by the user's route, with a tag and without.
var userStreams = []load.Stream{
	{Name: "user", Path: "/user", Rate: 50},
	{Name: "user tagged", Path: "/user", Tag: cluster.Lane, Rate: 50},
}

// userIsServed: of those who came in by the user's own route none may be lost,
// whatever is removed. Before the gateway knows that route it answers 404.
func userIsServed(p *scenario.Play, records []load.Record) []load.Record {
	known, sent := map[string]bool{}, 0
	var judged []load.Record
	for _, r := range records {
		if strings.HasPrefix(r.Stream, "user") {
			known[r.Stream] = known[r.Stream] || r.Err == ""
			if !known[r.Stream] && strings.HasPrefix(r.Err, "HTTP 404") {
				continue
			}
			sent++
			if r.Err != "" {
				p.Lost(r)
			}
		}
		judged = append(judged, r)
	}
	if sent == 0 {
		p.Problem("no request was sent by the user's own route")
	}
	return judged
}

func removeLane() scenario.Step {
	return scenario.Step{What: "kubectl delete asmswimlane " + cluster.Lane, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.LaneRemoved})
		_, err := p.Kubectl(ctx, "delete", "asmswimlane", cluster.Lane, "--timeout=60s")
		return err
	}}
}

func removeGroup() scenario.Step {
	return scenario.Step{What: "kubectl delete asmswimlanegroup --cascade=foreground " + cluster.Group, Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "asmswimlanegroup", cluster.Group, "--cascade=foreground", "--timeout="+p.Patience.String()); err != nil {
			return err
		}
		return withoutUs(ctx, p)
	}}
}

// removeProductAtOnce is the wrong order: the managers lose their rights while
// groups wait for them.
func removeProductAtOnce() scenario.Step {
	return scenario.Step{What: "kubectl delete -k, everything at once", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.GroupRemoved})
		if _, err := p.Kubectl(ctx, "delete", "-k", cluster.Product, "--timeout=15s"); err == nil {
			return fmt.Errorf("it was expected to wait for managers that are gone")
		}
		return nil
	}}
}

func forceProduct() scenario.Step {
	return scenario.Step{What: "manifests/uninstall.sh --force", Do: func(ctx context.Context, p *scenario.Play) error {
		script := filepath.Join(p.Root, "manifests", "uninstall.sh")
		seconds := fmt.Sprintf("SETTLE=%.0f", cluster.Settle.Seconds())
		if out, err := p.Stack.Command(ctx, "env", seconds, script, "--force").CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return withoutUs(ctx, p)
	}}
}

func installProduct() scenario.Step {
	return scenario.Step{What: "kubectl apply -k", Do: func(ctx context.Context, p *scenario.Play) error { return p.DeployProduct(ctx) }}
}

// withoutUs: nothing of ours is left in the mesh or on a pod.
func withoutUs(ctx context.Context, p *scenario.Play) error {
	for _, look := range [][]string{
		{"get", "virtualservices,destinationrules", "-A", "-l", lanev1.LabelManagedBy + "=" + lanev1.ManagedBy, "-o", "name"},
		{"get", "pods", "-n", cluster.Namespace, "-l", lanev1.LabelOutside, "-o", "name"},
		{"get", "pods", "-n", cluster.Namespace, "-l", lanev1.LaneMarker(cluster.Lane), "-o", "name"},
	} {
		out, err := p.Kubectl(ctx, look...)
		if err != nil {
			return err
		}
		if left := strings.TrimSpace(out); strings.Contains(left, "/") {
			return fmt.Errorf("kubectl %s: %s", strings.Join(look, " "), left)
		}
	}
	return nil
}

// restoreLanes applies group and lanes again, and waits until the lane serves
// these services.
func restoreLanes(services ...string) scenario.Step {
	return scenario.Step{What: "group and lanes are applied again", Do: func(ctx context.Context, p *scenario.Play) error {
		err := cluster.Await(ctx, "the lanes to be accepted", time.Minute, func(ctx context.Context) (string, error) {
			_, err := p.Kubectl(ctx, "apply", "-f", cluster.Samples+"/3-lanes.yaml")
			return "", err
		})
		if err == nil {
			err = cluster.Await(ctx, "group and lane to be ready", p.Patience, func(ctx context.Context) (string, error) { return unready(ctx, p) })
		}
		if err == nil {
			err = p.AwaitLaneWithin(ctx, p.Patience, cluster.Lane, services...)
		}
		p.Timeline.Add(timeline.Event{Kind: timeline.Restored})
		return err
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
