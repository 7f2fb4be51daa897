package rolloutwatch

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// releaseOf is the Rollout that drives a Deployment's pods, and whether they
// are of the version that it releases. No Rollout, or one of a style that is
// not built yet, leaves the pods with their template's labels.
func (f *Facts) releaseOf(ctx context.Context, d *appsv1.Deployment, group lane.Group, service types.NamespacedName) (*lane.Release, bool, error) {
	stable, canary := d.Labels[labelCanaryOf], true
	if stable == "" {
		stable, canary = d.Name, false
	}
	rollout, err := f.rolloutOf(ctx, d.Namespace, deploymentRef(stable))
	if err != nil {
		return nil, false, err
	}
	if rollout == nil {
		if !canary {
			return nil, false, nil
		}
		return orphan(d, stable, group, service), true, nil
	}
	if unsupported(rollout) != nil {
		return nil, false, nil
	}
	release, err := f.release(ctx, rollout, group, service)
	return &release, canary, err
}

// leftBehind: the Deployment is the canary of one that was deleted, and has been
// created again since. Kruise forgets such a canary, and hangs in the next
// release until somebody deletes its BatchRelease.
func (f *Facts) leftBehind(ctx context.Context, d *appsv1.Deployment) (bool, error) {
	name := d.Labels[labelCanaryOf]
	if name == "" {
		return false, nil
	}
	var stable appsv1.Deployment
	ok, err := found(ctx, f.Client, types.NamespacedName{Namespace: d.Namespace, Name: name}, "", &stable)
	return ok && older(d, &stable), err
}

func older(canary, stable *appsv1.Deployment) bool {
	return canary.CreationTimestamp.Before(&stable.CreationTimestamp)
}

// orphan is the release that a canary Deployment's Rollout left behind. Deleting a
// Rollout promotes, so its canary is past its release. Its lane is that of its
// template, if the Rollout set it there, or the only one that it can be.
func orphan(canary *appsv1.Deployment, stable string, group lane.Group, service types.NamespacedName) *lane.Release {
	r := &lane.Release{Workload: "Deployment/" + stable, Stage: lane.StagePromoted}
	var unknown *lane.Problem
	r.Lane, unknown = lane.TargetLane(group, service, lane.Target{PodLabels: canary.Spec.Template.Labels})
	if unknown != nil {
		r.Lane, _ = lane.TargetLane(group, service, lane.Target{}) // there is no Rollout that could say it
	}
	return r
}

// releases are the Rollouts that release the workloads of a Service, sorted,
// whether or not they have pods now.
func (f *Facts) releases(ctx context.Context, service *corev1.Service, group lane.Group, pods *owners) ([]lane.Release, error) {
	refs, err := f.workloadsOf(ctx, service, pods)
	if err != nil {
		return nil, err
	}
	var out []lane.Release
	for _, ref := range refs {
		rollout, err := f.rolloutOf(ctx, service.Namespace, ref)
		if err != nil {
			return nil, err
		}
		if rollout == nil {
			continue
		}
		release, err := f.release(ctx, rollout, group, client.ObjectKeyFromObject(service))
		if err != nil {
			return nil, err
		}
		out = append(out, release)
	}
	slices.SortFunc(out, func(a, b lane.Release) int { return strings.Compare(a.Rollout, b.Rollout) })
	return out, nil
}

// workloadsOf are the workloads behind a Service: Deployments by their
// template, which outlives the pods, and others by the pods they have.
func (f *Facts) workloadsOf(ctx context.Context, service *corev1.Service, pods *owners) ([]workloadRef, error) {
	deployments, err := f.deploymentsOf(ctx, service)
	if err != nil {
		return nil, err
	}
	refs := map[workloadRef]bool{}
	for i := range deployments {
		if deployments[i].Labels[labelCanaryOf] == "" {
			refs[deploymentRef(deployments[i].Name)] = true
		}
	}
	for _, w := range pods.seen {
		if w.deployment == nil && w.ref.name != "" {
			refs[w.ref] = true
		}
	}
	return slices.SortedFunc(maps.Keys(refs), func(a, b workloadRef) int {
		return strings.Compare(a.String(), b.String())
	}), nil
}

// release reads a Rollout as the lanes of a Service see it.
func (f *Facts) release(ctx context.Context, rollout *kruisev1beta1.Rollout, group lane.Group, service types.NamespacedName) (lane.Release, error) {
	ref := rollout.Spec.WorkloadRef
	r := lane.Release{
		Rollout:  client.ObjectKeyFromObject(rollout).String(),
		Workload: ref.Kind + "/" + ref.Name,
		Problem:  unsupported(rollout),
	}
	if r.Problem != nil {
		return r, nil
	}
	var stable appsv1.Deployment
	key := types.NamespacedName{Namespace: rollout.Namespace, Name: ref.Name}
	if _, err := found(ctx, f.Client, key, "", &stable); err != nil {
		return r, err
	}
	canaries, err := f.canariesOf(ctx, key)
	if err != nil {
		return r, err
	}
	facts := rolloutFacts(rollout)
	facts.InProgress = inProgress(&stable, rollout.Name)
	facts.CanaryExists = slices.ContainsFunc(canaries, func(d appsv1.Deployment) bool {
		return d.DeletionTimestamp.IsZero() && !older(&d, &stable)
	})
	r.Stage = lane.StageOf(facts)
	r.Exposes = lane.KeepsBaseline(group, service, lane.SelectorKeys(stable.Spec.Selector), stable.Spec.Template.Labels)
	r.Lane, r.Problem = lane.TargetLane(group, service, target(rollout))
	if p := clash(rollout, &stable, group, service); p != nil {
		r.Problem = p
	}
	if r.Problem == nil {
		r.Problem = unlabelledTemplate(rollout, &stable, group, service)
	}
	if r.Problem != nil && !r.Stage.Releasing() && len(group.GrayLanes(service)) == 0 {
		r.Problem = nil // nothing to release into, and nothing is being released
	}
	return r, nil
}

// rolloutFacts are the fields that may be believed at any time; the step's
// state is not among them (lane.RolloutFacts).
func rolloutFacts(r *kruisev1beta1.Rollout) lane.RolloutFacts {
	f := lane.RolloutFacts{Phase: string(r.Status.Phase)}
	for _, c := range r.Status.Conditions {
		switch c.Type {
		case kruisev1beta1.RolloutConditionProgressing:
			f.Reason = c.Reason
		case kruisev1beta1.RolloutConditionSucceeded:
			f.Succeeded = string(c.Status)
		}
	}
	return f
}

// inProgress: Kruise's webhook marked the workload for a release by this Rollout.
func inProgress(stable *appsv1.Deployment, rollout string) bool {
	var mark struct {
		RolloutName string `json:"rolloutName"`
	}
	text, ok := stable.Annotations[annotationInProgressing]
	return ok && json.Unmarshal([]byte(text), &mark) == nil && mark.RolloutName == rollout
}

func target(r *kruisev1beta1.Rollout) lane.Target {
	t := lane.Target{Annotation: r.Annotations[apiv1.AnnotationLane]}
	if c := r.Spec.Strategy.Canary; c != nil && c.PatchPodTemplateMetadata != nil {
		t.PodLabels = c.PatchPodTemplateMetadata.Labels
	}
	return t
}

// unsupported says why a Rollout cannot release into a lane; nil when it can.
func unsupported(r *kruisev1beta1.Rollout) *lane.Problem {
	switch s := r.Spec.Strategy; {
	case workloadRefOf(r) != deploymentRef(r.Spec.WorkloadRef.Name):
		return &lane.Problem{Reason: apiv1.ReasonNotYetSupported, Message: fmt.Sprintf(
			"Rollout %s releases a %s; lanes follow Rollouts of Deployments only, so its pods keep the labels of their template", r.Name, r.Spec.WorkloadRef.Kind)}
	case s.Canary == nil || !s.Canary.EnableExtraWorkloadForCanary:
		return &lane.Problem{Reason: apiv1.ReasonNotYetSupported, Message: fmt.Sprintf(
			"Rollout %s is not of the canary style, so its pods keep the labels of their template: set strategy.canary.enableExtraWorkloadForCanary: true", r.Name)}
	}
	return nil
}

// unlabelledTemplate: the stable pods are the baseline's by the Rollout's word
// alone. Those that start without it would serve nobody.
func unlabelledTemplate(r *kruisev1beta1.Rollout, stable *appsv1.Deployment, group lane.Group, service types.NamespacedName) *lane.Problem {
	baseline, ok := group.BaselineOf(service)
	if !ok || stable.Name == "" || lane.Selects(baseline.Selector, stable.Spec.Template.Labels) {
		return nil
	}
	return &lane.Problem{Reason: apiv1.ReasonUnlabelledTemplate, Message: fmt.Sprintf(
		"the pod template of Deployment %s does not carry %s, the label of lane %s: its pods are labelled only as long as Rollout %s drives it, add the label to the template",
		stable.Name, labels.FormatLabels(baseline.Selector), baseline.Name, r.Name)}
}

// clash says how a Rollout gets into the way of the Service's lanes.
func clash(r *kruisev1beta1.Rollout, stable *appsv1.Deployment, group lane.Group, service types.NamespacedName) *lane.Problem {
	for _, ref := range r.Spec.Strategy.Canary.TrafficRoutings {
		if ref.Service == service.Name {
			return &lane.Problem{Reason: apiv1.ReasonTrafficRoutingConflict, Message: fmt.Sprintf(
				"Rollout %s has trafficRoutings on the Service, and so Kruise takes the canary pods out of it: remove trafficRoutings from the Rollout, the lanes route its traffic", r.Name)}
		}
	}
	if keys := group.LabelKeysIn(stable.Spec.Selector); len(keys) > 0 {
		return &lane.Problem{Reason: apiv1.ReasonLaneLabelInSelector, Message: fmt.Sprintf(
			"the selector of Deployment %s contains the lane label %s, so the canary pods of Rollout %s cannot carry another: %s", stable.Name, keys[0], r.Name, lane.CureSelector)}
	}
	return nil
}
