package lane

import apiv1 "lanekeeper.io/api/v1"

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
	baseline, _ := s.Group.BaselineOf(s.Service.Key)
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
		out.Exposed.Message = "everybody meets a version that nobody approved: " + out.Exposed.Message
	}
	return out
}

// lockedIn is a Rollout whose canary pods would keep the baseline's label; nil
// without one.
func lockedIn(releases []Release) *Problem {
	for _, r := range releases {
		if r.Problem != nil && r.Problem.Reason == apiv1.ReasonLaneLabelInSelector {
			return r.Problem
		}
	}
	return nil
}
