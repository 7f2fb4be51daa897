package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/cluster"
	"lanekeeper.io/test/e2e/promise"
	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/e2e/timeline"
)

// Workloads that are scaled or deleted.

// ScaleToZeroAndBack takes the service's baseline away in mid-release. Requests
// without a lane find nobody then; those with one are served.
func ScaleToZeroAndBack(service string, away time.Duration) scenario.Step {
	return scenario.Step{What: "scale " + service + " to 0 and up again", Do: func(ctx context.Context, p *scenario.Play) error {
		p.Timeline.Add(timeline.Event{Kind: timeline.NoBaseline, Service: service, Detail: "scaled to 0"})
		if err := scaleTo(ctx, p, service, 0); err != nil {
			return err
		}
		if err := awaitBaselinePods(ctx, p, service, 0); err != nil {
			return err
		}
		if err := scenario.Pass(ctx, away); err != nil {
			return err
		}
		if err := scaleTo(ctx, p, service, 1); err != nil {
			return err
		}
		return healedByBaseline(ctx, p, service)
	}}
}

func scaleTo(ctx context.Context, p *scenario.Play, service string, replicas int) error {
	_, err := p.Kubectl(ctx, "scale", "deployment", service+"-v1", "-n", cluster.Namespace, fmt.Sprintf("--replicas=%d", replicas))
	return err
}

// DeleteCanary deletes Kruise's canary Deployment with its pods. Kruise keeps
// the object by its finalizer and makes no other one until the release ends.
func DeleteCanary(service string) scenario.Step {
	return scenario.Step{What: "delete the canary Deployment of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		var canaries appsv1.DeploymentList
		if err := p.Client.List(ctx, &canaries, client.InNamespace(cluster.Namespace),
			client.MatchingLabels{"rollouts.kruise.io/canary-deployment": service + "-v1"}); err != nil {
			return err
		}
		if len(canaries.Items) != 1 {
			return fmt.Errorf("there are %d canary Deployments", len(canaries.Items))
		}
		_, err := p.Kubectl(ctx, "delete", "deployment", canaries.Items[0].Name, "-n", cluster.Namespace, "--cascade=foreground", "--wait=false")
		return err
	}}
}

// DeleteWorkloadAndBringItBack deletes the service's Deployment in mid-release
// and creates it again with the version that served everybody. Kruise forgets
// the release and leaves its canary running: nobody may meet it any more.
func DeleteWorkloadAndBringItBack(service string) scenario.Step {
	return scenario.Step{What: "delete the workload of " + service + " and create it again", Do: func(ctx context.Context, p *scenario.Play) error {
		d := &appsv1.Deployment{}
		if err := p.Client.Get(ctx, client.ObjectKey{Namespace: cluster.Namespace, Name: service + "-v1"}, d); err != nil {
			return err
		}
		p.Newest[service] = cluster.Version{Number: p.Newest[service].Number - 1}
		fresh := &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: d.Namespace, Name: d.Name, Labels: d.Labels}, Spec: d.Spec}
		fresh.Spec.Paused = false
		fresh.Spec.Template.Spec.Containers[0].Image = cluster.Image + ":" + p.Newest[service].Tag()

		p.Timeline.Add(timeline.Event{Kind: timeline.Harmed, Service: service, Detail: "its workload is deleted"})
		p.Timeline.Add(timeline.Event{Kind: timeline.UndoAsked, Service: service, Detail: "with its workload"})
		_, err := p.Kubectl(ctx, "delete", "deployment", d.Name, "-n", cluster.Namespace)
		p.Timeline.Add(timeline.Event{Kind: timeline.UndoDone, Service: service})
		if err != nil {
			return err
		}
		if err := awaitStage(ctx, p, service, "Initial"); err != nil {
			return err
		}
		if err := awaitBaselinePods(ctx, p, service, 0); err != nil {
			return err
		}
		if err := p.Client.Create(ctx, fresh); err != nil {
			return err
		}
		return healedByBaseline(ctx, p, service)
	}}
}

// RemoveLeftovers does what Kruise does not after its workload was deleted.
func RemoveLeftovers(service string) scenario.Step {
	return scenario.Step{What: "remove what Kruise left of " + service, Do: func(ctx context.Context, p *scenario.Play) error {
		pods, err := p.CanaryPods(ctx, service)
		if err == nil && len(pods) == 0 {
			err = errors.New("there is no canary left, so nothing was shown")
		}
		if err != nil {
			return err
		}
		_, err = p.Kubectl(ctx, "delete", "batchreleases.rollouts.kruise.io", "rollouts-"+service, "-n", cluster.Namespace, "--timeout=60s")
		return err
	}}
}

// awaitBaselinePods waits until so many pods of the baseline are ready.
func awaitBaselinePods(ctx context.Context, p *scenario.Play, service string, want int) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return p.Timeline.Await(ctx, fmt.Sprintf("%d ready baseline pods of %s", want, service), func(events []timeline.Event) bool {
		ready := map[string]bool{}
		for _, e := range events {
			if e.Service != service || e.Canary {
				continue
			}
			switch e.Kind {
			case timeline.PodReady:
				ready[e.Pod] = true
			case timeline.PodEnds, timeline.PodGone:
				delete(ready, e.Pod)
			}
		}
		return len(ready) == want
	})
}

// healedByBaseline waits for a ready pod, and until callers know it.
func healedByBaseline(ctx context.Context, p *scenario.Play, service string) error {
	if err := awaitBaselinePods(ctx, p, service, 1); err != nil {
		return err
	}
	if err := scenario.Pass(ctx, promise.PodGrace); err != nil {
		return err
	}
	p.Timeline.Add(timeline.Event{Kind: timeline.Healed, Service: service})
	return nil
}
