package facts

import (
	"encoding/json"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// What Kruise Rollout writes on workloads, and the fields of a Rollout that lanes depend
// on.

const (
	// annotationInProgressing is on a workload that a Rollout is releasing.
	// Kruise's webhook sets it, as JSON with the Rollout's name.
	annotationInProgressing = "rollouts.kruise.io/in-progressing"
	// labelCanaryOf on a canary workload names the stable one.
	labelCanaryOf = "rollouts.kruise.io/canary-deployment"
)

// inProgress reports whether Kruise's webhook marked the workload for a release by
// this Rollout.
func (w Workload) inProgress(rollout string) bool {
	var mark struct {
		RolloutName string `json:"rolloutName"`
	}
	return w.release != "" && json.Unmarshal([]byte(w.release), &mark) == nil && mark.RolloutName == rollout
}

// rolloutFacts are the fields that can be relied on at any time; the step's state is not
// among them (lane.RolloutFacts).
func rolloutFacts(r *kruisev1beta1.Rollout) lane.RolloutFacts {
	f := lane.RolloutFacts{Phase: string(r.Status.Phase)}
	for _, c := range r.Status.Conditions {
		switch c.Type {
		case kruisev1beta1.RolloutConditionProgressing:
			f.Reason, f.Began = c.Reason, c.LastTransitionTime.Time
		case kruisev1beta1.RolloutConditionSucceeded:
			f.Succeeded = string(c.Status)
		}
	}
	return f
}

// targetOf is how a Rollout names the lane that it releases into.
func targetOf(r *kruisev1beta1.Rollout) lane.Target {
	t := lane.Target{Annotation: r.Annotations[apiv1.AnnotationLane]}
	if c := r.Spec.Strategy.Canary; c != nil && c.PatchPodTemplateMetadata != nil {
		t.PodLabels = c.PatchPodTemplateMetadata.Labels
	}
	return t
}

// inCanaryStyle reports whether Kruise releases in an extra workload, a canary.
func inCanaryStyle(r *kruisev1beta1.Rollout) bool {
	return r.Spec.Strategy.Canary != nil && r.Spec.Strategy.Canary.EnableExtraWorkloadForCanary
}

// routedByKruise reports whether the Rollout has Kruise route the Service's requests.
func routedByKruise(r *kruisev1beta1.Rollout, service string) bool {
	if r.Spec.Strategy.IsEmptyRelease() {
		return false
	}
	for _, routing := range r.Spec.Strategy.GetTrafficRouting() {
		if routing.Service == service {
			return true
		}
	}
	return false
}
