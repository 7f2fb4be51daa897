package lane

import (
	"fmt"

	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
)

// Strays are ready pods of no lane, after their labels have been put right.
// Unserved ones meet no request. Exposed ones are canary pods that serve everybody
// although nobody approved them: they cannot be kept out of the baseline, because
// their workload finds its pods by the baseline's label.
//
// Before a Service is taken over such pods keep us out (takeover.go).
type Strays struct {
	Unserved, Exposed *Problem
}

func strays(s Snapshot, verdicts []Verdict) Strays {
	baseline, ok := s.Group.BaselineOf(s.Service.Key)
	if !ok {
		return Strays{} // nobody knows whom the mesh takes for the baseline's
	}
	unserved, exposed := map[string]*Problem{}, map[string]*Problem{}
	for i, p := range s.Pods {
		v := verdicts[i]
		if !p.Ready || p.Terminating || !v.Outside {
			continue
		}
		if Selects(baseline.Selector, v.Change.Apply(p.Labels)) {
			exposed[p.Name] = v.Problem
			continue
		}
		unserved[p.Name] = v.Problem
	}
	var out Strays
	if len(unserved) > 0 {
		out.Unserved = describe(unserved)
		out.Unserved.Message = "no request meets " + out.Unserved.Message
	}
	if len(exposed) > 0 {
		out.Exposed = describe(exposed)
		out.Exposed.Message = "everybody meets a version that nobody approved, undo the release: " + out.Exposed.Message
	}
	return out
}

// exposedBy is a Rollout that would let everybody meet its canary pods; nil without
// one.
func exposedBy(releases []Release) *Problem {
	for _, r := range releases {
		if r.Exposes {
			return &Problem{apiv1.ReasonLaneLabelInSelector, fmt.Sprintf(
				"%s selects its pods by the baseline's label, so everybody would meet the canary pods of Rollout %s: %s", r.Workload, r.Rollout, CureSelector)}
		}
	}
	return nil
}

// KeepsBaseline says whether pods with these labels stay the baseline's when they
// are marked as outsiders.
func KeepsBaseline(g Group, service types.NamespacedName, locked []string, labels map[string]string) bool {
	baseline, ok := g.BaselineOf(service)
	return ok && Selects(baseline.Selector, outsideLabels(g, service, locked, labels).Apply(labels))
}
