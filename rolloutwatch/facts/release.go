package facts

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

// releaseOf returns the Rollout that drives a workload's pods; nil without one, or with
// one of a style that is not built yet. Then the pods keep the labels of their template.
// earlier reports whether the workload is the canary of an earlier release.
func (c *Cluster) releaseOf(ctx context.Context, w Workload, group lane.Group, service types.NamespacedName) (release *lane.Release, earlier bool, err error) {
	rollout, err := c.rolloutOf(ctx, w.Namespace, w.Stable)
	if err != nil || group.WithoutBaseline() {
		return nil, false, err
	}
	if rollout == nil {
		if !w.Canary {
			return nil, false, nil
		}
		return orphan(w, group, service), false, nil
	}
	if unsupported(rollout) != nil {
		return nil, false, nil
	}
	r, facts, err := c.release(ctx, rollout, group, service)
	return &r, w.Canary && lane.OfEarlierRelease(facts, w.Created.Time), err
}

// leftBehind reports whether the workload is the canary of one that was deleted and has
// been created again since. Kruise forgets such a canary, and hangs in the next release
// until its BatchRelease is deleted.
func (c *Cluster) leftBehind(ctx context.Context, w Workload) (bool, error) {
	if !w.Canary {
		return false, nil
	}
	stable, err := c.workload(ctx, w.Namespace, w.Stable)
	return stable.Exists() && older(w, stable), err
}

func older(canary, stable Workload) bool { return canary.Created.Before(&stable.Created) }

// orphan is the release that a canary workload's Rollout left behind. Deleting a
// Rollout promotes, so its canary is past its release. Its lane is that of its
// template, if the Rollout set it there, or the only gray lane there is.
func orphan(canary Workload, group lane.Group, service types.NamespacedName) *lane.Release {
	r := &lane.Release{Workload: canary.Stable.short(), Stage: lane.StagePromoted}
	var unknown *lane.Problem
	r.Lane, unknown = lane.TargetLane(group, service, lane.Target{PodLabels: canary.Template})
	if unknown != nil {
		r.Lane, _ = lane.TargetLane(group, service, lane.Target{}) // there is no Rollout that could name it
	}
	return r
}

// releases are the Rollouts that release the workloads of a Service, sorted,
// whether or not they have pods now.
func (c *Cluster) releases(ctx context.Context, service *corev1.Service, selected []Workload, group lane.Group, pods *owners) ([]lane.Release, error) {
	var out []lane.Release
	for _, ref := range stableWorkloads(selected, pods) {
		rollout, err := c.rolloutOf(ctx, service.Namespace, ref)
		if err != nil {
			return nil, err
		}
		if rollout == nil {
			continue
		}
		release, _, err := c.release(ctx, rollout, group, client.ObjectKeyFromObject(service))
		if err != nil {
			return nil, err
		}
		out = append(out, release)
	}
	slices.SortFunc(out, func(a, b lane.Release) int { return strings.Compare(a.Rollout, b.Rollout) })
	return out, nil
}

// stableWorkloads are the stable workloads whose pods a Service selects: those of a kind
// that is cached by their template, which outlives the pods, and others by the pods that
// they have.
func stableWorkloads(selected []Workload, pods *owners) []Ref {
	refs := map[Ref]bool{}
	for _, w := range selected {
		if !w.Canary {
			refs[w.Ref] = true
		}
	}
	for _, owner := range pods.seen {
		if !owner.workload.Exists() && owner.top.Name != "" {
			refs[owner.top] = true
		}
	}
	return slices.SortedFunc(maps.Keys(refs), func(a, b Ref) int { return strings.Compare(a.String(), b.String()) })
}

// release reads a Rollout as the lanes of a Service see it, and what its stage was read
// from.
func (c *Cluster) release(ctx context.Context, rollout *kruisev1beta1.Rollout, group lane.Group, service types.NamespacedName) (lane.Release, lane.RolloutFacts, error) {
	ref := releasedBy(rollout)
	r := lane.Release{Rollout: client.ObjectKeyFromObject(rollout).String(), Workload: ref.short(), Problem: cmp.Or(unsupported(rollout), group.NotFollowed(rollout.Name))}
	if r.Problem != nil {
		return r, lane.RolloutFacts{}, nil
	}
	stable, err := c.workload(ctx, rollout.Namespace, ref)
	if err != nil {
		return r, lane.RolloutFacts{}, err
	}
	facts, err := c.factsOf(ctx, rollout, stable)
	if err != nil {
		return r, facts, err
	}
	r.Stage = lane.StageOf(facts)
	r.Leaks = lane.LeaksToBaseline(group, service, lane.SelectorKeys(stable.Selector), stable.Template)
	r.Lane, _ = lane.TargetLane(group, service, targetOf(rollout))
	r.Notes = styleNotes(rollout, stable)
	if problems := append(obstacles(rollout, stable, group, service), unlabelledTemplate(rollout, stable, group, service)...); len(problems) > 0 {
		r.Problem = &problems[0]
	}
	if r.Problem != nil && !r.Stage.Releasing() && len(group.GrayLanes(service)) == 0 {
		r.Problem = nil // nothing to release into, and nothing is being released
	}
	return r, facts, nil
}

// factsOf are what the stage of the Rollout of a workload is decided from.
func (c *Cluster) factsOf(ctx context.Context, rollout *kruisev1beta1.Rollout, stable Workload) (lane.RolloutFacts, error) {
	facts := rolloutFacts(rollout)
	facts.InProgress = stable.inProgress(rollout.Name)
	if !inCanaryStyle(rollout) { // where it stands is told by the revisions (lane.Workload)
		facts.CanaryExists = true
		return facts, nil
	}
	canaries, err := c.canariesOf(ctx, types.NamespacedName{Namespace: rollout.Namespace, Name: rollout.Spec.WorkloadRef.Name})
	facts.CanaryExists = slices.ContainsFunc(canaries, func(w Workload) bool {
		return !w.Deleting && !older(w, stable) && !lane.OfEarlierRelease(facts, w.Created.Time)
	})
	return facts, err
}
