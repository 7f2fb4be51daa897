package facts

import (
	"fmt"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// styleNotes are what people should know of how a Rollout releases: lanes follow it, and traffic is not
// what they may expect.
func styleNotes(r *kruisev1beta1.Rollout, w Workload) []lane.Problem {
	if unsupported(r) != nil || inCanaryStyle(r) {
		return nil
	}
	var out []lane.Problem
	add := func(format string, args ...any) {
		out = append(out, lane.Problem{Reason: apiv1.ReasonRolloutStyle, Message: fmt.Sprintf(format, args...)})
	}
	switch {
	case r.Spec.Strategy.BlueGreen != nil && w.Ref.Kind == "CloneSet":
		add("Rollout %s releases a CloneSet blue-green: in Kruise Rollout 0.6 an undo of that leaves pods of the new version and removes old ones, and the release may hang; use strategy.canary", r.Name)
	case r.Spec.Strategy.BlueGreen != nil:
		return nil
	case w.Ref.Kind == "Deployment":
		add("Rollout %s takes pods from the baseline at each step: set strategy.canary.enableExtraWorkloadForCanary: true, and the new version gets pods of its own until it is approved", r.Name)
	default:
		add("Rollout %s takes pods from the baseline at each step: see to it that those which are left carry what everybody asks for", r.Name)
	}
	if r.Spec.Strategy.Canary == nil {
		return out
	}
	for i, step := range r.Spec.Strategy.Canary.Steps {
		if step.Replicas != nil && i+1 < len(r.Spec.Strategy.Canary.Steps) && lane.PromotingStep(*step.Replicas, w.Replicas) {
			add("step %d of %d of Rollout %s covers all %d replicas, so that everybody meets the new version when it begins, and an undo is a release of its own: let the last step alone cover them", i+1, len(r.Spec.Strategy.Canary.Steps), r.Name, w.Replicas)
			break
		}
	}
	return out
}
