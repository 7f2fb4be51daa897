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
	// labelStableRevision on a Deployment names the revision that is not being released.
	labelStableRevision = kruisev1beta1.DeploymentStableRevisionLabel
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

// inCanaryStyle reports whether Kruise releases in an extra workload, a canary: that is for Deployments
// only (GetRollingStyle).
func inCanaryStyle(r *kruisev1beta1.Rollout) bool {
	return r.Spec.Strategy.Canary != nil && r.Spec.Strategy.Canary.EnableExtraWorkloadForCanary && releasedBy(r).Kind == "Deployment"
}

// stepOf is the step that is going on, and of which revision; the zero value in the canary style, in which
// nothing depends on it.
func stepOf(r *kruisev1beta1.Rollout) (step struct {
	index int32
	hash  string
}) {
	if sub := r.Status.GetSubStatus(); sub != nil && !inCanaryStyle(r) {
		step.index, step.hash = sub.CurrentStepIndex, sub.PodTemplateHash
	}
	return step
}

// promoting is the revision which the step that is going on gives all replicas; empty where it leaves pods
// of another one, and in the blue-green style, in which all stay until the last step is approved. The
// sub-status is the last release's for a moment, so that the revision in it is told.
func promoting(r *kruisev1beta1.Rollout, w Workload) string {
	sub, facts := r.Status.GetSubStatus(), rolloutFacts(r)
	if sub == nil || r.Spec.Strategy.Canary == nil || facts.Phase != "Progressing" || facts.Reason != "InRolling" || sub.PodTemplateHash == "" {
		return ""
	}
	at, steps := int(sub.CurrentStepIndex)-1, r.Spec.Strategy.Canary.Steps
	if at < 0 || at >= len(steps) || steps[at].Replicas == nil || !lane.PromotingStep(*steps[at].Replicas, w.Replicas) {
		return ""
	}
	return w.revisionIn(sub.PodTemplateHash)
}

// revisionIn is the revision, as the workload's pods have it, of a hash in a Rollout's status, which has the
// short one of a CloneSet.
func (w Workload) revisionIn(hash string) string {
	if w.Ref.Kind == "CloneSet" {
		return w.Ref.Name + "-" + hash
	}
	return hash
}

// stableRevision is the one that the workload or its Rollout calls the stable one; empty where neither
// does.
func stableRevision(r *kruisev1beta1.Rollout, w Workload) string {
	if w.Current != "" && w.Current != w.Update {
		return w.Current
	}
	sub := r.Status.GetSubStatus()
	if sub == nil || sub.StableRevision == "" || rolloutFacts(r).Phase != "Progressing" {
		return ""
	}
	return w.revisionIn(sub.StableRevision)
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
