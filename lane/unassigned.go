package lane

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Unassigned are the problems of ready pods of no lane, after their labels have been put
// right; nil without such pods. Unreachable pods get no requests. Leaking ones are canary
// pods that get untagged requests although nobody approved them: they cannot be kept out
// of the baseline, because their workload finds its pods by the baseline's label.
//
// Such pods keep a Service from being taken over (takeover.go).
type Unassigned struct {
	Unreachable, Leaking *Problem
}

func unassigned(s Snapshot, verdicts []Verdict) Unassigned {
	baseline, ok := s.Group.BaselineOf(s.Service.Key)
	if !ok {
		return Unassigned{} // which pods the mesh takes for the baseline's is not known
	}
	unreachable, leaking := map[string]*Problem{}, map[string]*Problem{}
	for i, p := range s.Pods {
		v := verdicts[i]
		if !p.Ready || p.Terminating || v.Kind != KindOutside {
			continue
		}
		if Selects(baseline.Selector, v.Change.Apply(p.Labels)) {
			leaking[p.Name] = v.Problem()
			continue
		}
		unreachable[p.Name] = v.Problem()
	}
	var out Unassigned
	if len(unreachable) > 0 {
		out.Unreachable = describe(unreachable)
		out.Unreachable.Message = "no request meets " + out.Unreachable.Message
	}
	if len(leaking) > 0 {
		out.Leaking = describe(leaking)
		out.Leaking.Message = "everybody meets a version that nobody approved, undo the release: " + out.Leaking.Message
	}
	return out
}

// leakOf is the problem of a Rollout whose canary pods would get untagged requests; nil
// without one.
func leakOf(releases []Release) *Problem {
	for _, r := range releases {
		if r.Leaks {
			return &Problem{apiv1.ReasonLaneLabelInSelector, fmt.Sprintf(
				"%s selects its pods by the baseline's label, so everybody would meet the canary pods of Rollout %s: %s", r.Workload, r.Rollout, CureSelector)}
		}
	}
	return nil
}

// LeaksToBaseline reports whether pods with these labels would still be the baseline's
// with the labels of pods of no lane.
func LeaksToBaseline(g Group, service types.NamespacedName, locked []string, labels map[string]string) bool {
	baseline, ok := g.BaselineOf(service)
	return ok && Selects(baseline.Selector, outsideLabels(g, service, locked, labels).Apply(labels))
}
