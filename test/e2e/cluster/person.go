package cluster

import (
	"context"
	"slices"
	"strings"

	rolloutsv1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/e2e/timeline"
	"lanekeeper.io/test/stack/approval"
)

// Publish gives a service a new version, as a pipeline does: by its image tag.
func (c *Cluster) Publish(ctx context.Context, service string, version Version) error {
	c.Timeline.Add(timeline.Event{Kind: timeline.Published, Service: service, Version: version.String(), Detail: version.Tag()})
	_, err := c.Kubectl(ctx, "set", "image", "deployment/"+service+"-v1", "default="+Image+":"+version.Tag(), "-n", Namespace)
	return err
}

// Approve promotes what was published, and returns when Kruise has acted on it.
func (c *Cluster) Approve(ctx context.Context, service string) error {
	c.Timeline.Add(timeline.Event{Kind: timeline.Approved, Service: service})
	return c.ApproveRollout(ctx, client.ObjectKey{Namespace: Namespace, Name: "rollouts-" + service}, func() {
		c.Timeline.Add(timeline.Event{Kind: timeline.Note, Service: service, Detail: "the approval was lost and is repeated"})
	})
}

// ApproveRollout approves the step of any Rollout; lost is told each time that
// Kruise has overwritten the approval.
func (c *Cluster) ApproveRollout(ctx context.Context, key client.ObjectKey, lost func()) error {
	return approval.Give(ctx, func(ctx context.Context) (*rolloutsv1beta1.Rollout, error) {
		return c.rollout(ctx, key)
	}, func(ctx context.Context) error {
		_, err := c.Kubectl(ctx, "kruise", "rollout", "approve", "rollout/"+key.Name, "-n", key.Namespace)
		return err
	}, lost)
}

// Rollout of a service.
func (c *Cluster) Rollout(ctx context.Context, service string) (*rolloutsv1beta1.Rollout, error) {
	return c.rollout(ctx, client.ObjectKey{Namespace: Namespace, Name: "rollouts-" + service})
}

func (c *Cluster) rollout(ctx context.Context, key client.ObjectKey) (*rolloutsv1beta1.Rollout, error) {
	r := &rolloutsv1beta1.Rollout{}
	err := c.Client.Get(ctx, key, r)
	return r, err
}

// Undo takes a release back. It need not be repeated as an approval: it changes
// the workload's template, which nobody but people writes, and Kruise follows
// what is there.
func (c *Cluster) Undo(ctx context.Context, service string) error {
	c.Timeline.Add(timeline.Event{Kind: timeline.UndoAsked, Service: service})
	_, err := c.Kubectl(ctx, "kruise", "rollout", "undo", "rollout/rollouts-"+service, "-n", Namespace)
	c.Timeline.Add(timeline.Event{Kind: timeline.UndoDone, Service: service})
	return err
}

// CanaryPods of a service, as the API has them.
func (c *Cluster) CanaryPods(ctx context.Context, service string) ([]corev1.Pod, error) {
	return c.pods(ctx, service, false)
}

// BaselinePods of a service, as the API has them.
func (c *Cluster) BaselinePods(ctx context.Context, service string) ([]corev1.Pod, error) {
	return c.pods(ctx, service, true)
}

func (c *Cluster) pods(ctx context.Context, service string, stable bool) ([]corev1.Pod, error) {
	var pods corev1.PodList
	err := c.Client.List(ctx, &pods, client.InNamespace(Namespace), client.MatchingLabels{"app": service})
	return slices.DeleteFunc(pods.Items, func(p corev1.Pod) bool {
		// A stable pod's ReplicaSet is named after the stable Deployment and
		// the hash; a canary Deployment's name has one part more.
		return stable != strings.HasPrefix(p.Name, service+"-v1-"+p.Labels["pod-template-hash"]+"-")
	}), err
}
