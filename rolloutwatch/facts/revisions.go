package facts

import (
	"context"
	"strconv"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"lanekeeper.io/lane"
)

// In all styles but canary a workload is released in itself, and has pods of several revisions at a
// time: which of them are the baseline's is on record (lane.BaselineRevisions).

// revisioned returns what a workload says of its revisions, but for those of its pods; false where all
// of its pods are of one version as far as lanes care: it has no Rollout, or one of the canary style, and
// nothing is on record.
func (c *Cluster) revisioned(ctx context.Context, w Workload, group lane.Group, records lane.Records) (lane.Workload, bool, error) {
	if !w.Exists() || w.Canary || group.WithoutBaseline() {
		return lane.Workload{}, false, nil
	}
	rollout, err := c.rolloutOf(ctx, w.Namespace, w.Ref)
	if err != nil {
		return lane.Workload{}, false, err
	}
	out := lane.Workload{Name: w.Ref.short(), Driven: rollout != nil && unsupported(rollout) == nil && !inCanaryStyle(rollout)}
	if _, recorded := records[out.Name]; !out.Driven && !recorded {
		return lane.Workload{}, false, nil
	}
	if w, err = c.withUpdate(ctx, w); err != nil {
		return lane.Workload{}, false, err
	}
	if w.Observed {
		out.Update = w.Update
	}
	out.Releasing = w.release != ""
	if rollout != nil {
		out.Promoting, out.Stable = promoting(rollout, w), stableRevision(rollout, w)
	}
	return out, true, nil
}

// withUpdate completes a Deployment with the revision of its template, which its status does not say: its
// ReplicaSet of the highest number has it.
func (c *Cluster) withUpdate(ctx context.Context, w Workload) (Workload, error) {
	if w.Ref.Kind != "Deployment" {
		return w, nil
	}
	list := &metav1.PartialObjectMetadataList{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSetList"}}
	if err := c.list(ctx, list, w.Namespace, indexOwner, w.Ref.Name); err != nil {
		return w, err
	}
	highest := 0
	for i := range list.Items {
		rs := &list.Items[i]
		number, _ := strconv.Atoi(rs.Annotations[annotationRevision])
		if owner := metav1.GetControllerOf(rs); number > highest && owner != nil && refOfOwner(owner) == w.Ref {
			highest, w.Update = number, rs.Labels[appsv1.DefaultDeploymentUniqueLabelKey]
		}
	}
	return w, nil
}

// workloads are those of the selected ones that are released in themselves, in the same order, with the
// revisions of their pods.
func (c *Cluster) workloads(ctx context.Context, selected []Workload, group lane.Group, pods []lane.Pod, records lane.Records) ([]lane.Workload, error) {
	var out []lane.Workload
	for _, w := range selected {
		of, ok, err := c.revisioned(ctx, w, group, records)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		of.Live = map[string]bool{}
		for _, p := range pods {
			if p.Owner.Workload == of.Name && !p.Terminating && p.Owner.Revision != "" {
				of.Live[p.Owner.Revision] = of.Live[p.Owner.Revision] || p.Ready
			}
		}
		out = append(out, of)
	}
	return out, nil
}
