package cluster

import (
	"context"
	"fmt"
	"strings"
	"time"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/timeline"
)

// Publish gives a service a new version, as a pipeline does: by its image tag.
func (c *Cluster) Publish(ctx context.Context, service string, version Version) error {
	c.Timeline.Add(timeline.Event{Kind: timeline.Published, Service: service, Version: version.String(), Detail: version.Tag()})
	_, err := c.Kubectl(ctx, "set", "image", "deployment/"+service+"-v1", "default="+Image+":"+version.Tag(), "-n", Namespace)
	return err
}

// Approve promotes what was published. The approval is a patch of a status that
// Kruise writes, too, and Kruise's write may undo it: like a careful person we
// look, and ask again.
func (c *Cluster) Approve(ctx context.Context, service string) error {
	c.Timeline.Add(timeline.Event{Kind: timeline.Approved, Service: service})
	for range 5 {
		if _, err := c.Kubectl(ctx, "kruise", "rollout", "approve", "rollout/rollouts-"+service, "-n", Namespace); err != nil {
			return err
		}
		err := Await(ctx, "the approval of "+service, 3*time.Second, func(ctx context.Context) (string, error) {
			return c.pausedStill(ctx, service)
		})
		if err == nil {
			return nil
		}
		c.Timeline.Add(timeline.Event{Kind: timeline.Note, Service: service, Detail: "the approval was lost and is repeated"})
	}
	return fmt.Errorf("the approval of %s was lost five times", service)
}

func (c *Cluster) pausedStill(ctx context.Context, service string) (string, error) {
	r, err := c.Rollout(ctx, service)
	if err != nil {
		return "", err
	}
	if s := r.Status.CanaryStatus; s != nil && r.Status.Phase == rolloutsv1beta1.RolloutPhaseProgressing &&
		s.CurrentStepState == rolloutsv1beta1.CanaryStepStatePaused {
		return "the Rollout is still paused", nil
	}
	return "", nil
}

// Rollout of a service.
func (c *Cluster) Rollout(ctx context.Context, service string) (*rolloutsv1beta1.Rollout, error) {
	r := &rolloutsv1beta1.Rollout{}
	err := c.Client.Get(ctx, client.ObjectKey{Namespace: Namespace, Name: "rollouts-" + service}, r)
	return r, err
}

// Undo takes a release back.
func (c *Cluster) Undo(ctx context.Context, service string) error {
	c.Timeline.Add(timeline.Event{Kind: timeline.UndoAsked, Service: service})
	_, err := c.Kubectl(ctx, "kruise", "rollout", "undo", "rollout/rollouts-"+service, "-n", Namespace)
	c.Timeline.Add(timeline.Event{Kind: timeline.UndoDone, Service: service})
	return err
}

// CanaryPods of a service, as the API has them.
func (c *Cluster) CanaryPods(ctx context.Context, service string) ([]corev1.Pod, error) {
	var pods corev1.PodList
	err := c.Client.List(ctx, &pods, client.InNamespace(Namespace), client.MatchingLabels{"app": service})
	if err != nil {
		return nil, err
	}
	var canaries []corev1.Pod
	for _, p := range pods.Items {
		// A stable pod's ReplicaSet is named after the stable Deployment and
		// the hash; a canary Deployment's name has one part more.
		if !strings.HasPrefix(p.Name, service+"-v1-"+p.Labels["pod-template-hash"]+"-") {
			canaries = append(canaries, p)
		}
	}
	return canaries, nil
}
