package lane

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	apiv1 "lanekeeper.io/api/v1"
)

// takeoverProblem is why a Service cannot be taken over yet; nil when it can.
//
// Taking over moves every request of the Service onto subsets, so it waits until the
// labels are right: every ready pod carries those of its verdict, and the baseline has
// one. It latches: once our objects exist, a baseline that is gone for a while changes
// nothing (Compute does not check again).
func takeoverProblem(s Snapshot, verdicts []Verdict) *Problem {
	if problem := standingProblem(s); problem != nil {
		return problem
	}
	baseline, blocking := 0, map[string]*Problem{}
	for i, p := range s.Pods {
		if !p.Ready || p.Terminating {
			continue
		}
		v := verdicts[i]
		switch {
		case v.Problem() != nil:
			blocking[p.Name] = v.Problem()
		case !v.Change.Empty():
			blocking[p.Name] = &Problem{apiv1.ReasonUnlabelledPods, "it is about to be labelled " + v.Change.String()}
		case v.Kind == KindBaseline:
			baseline++
		}
	}
	if len(blocking) > 0 {
		problem := describe(blocking)
		if !s.HeldByOther {
			problem.Message += "; until then the Service is not taken over, and its requests meet all versions"
		}
		return problem
	}
	if problem := leakOf(s.Releases); problem != nil {
		return problem
	}
	if baseline == 0 && !s.Group.WithoutBaseline() {
		l, _ := s.Group.BaselineOf(s.Service.Key)
		return &Problem{apiv1.ReasonNoBaselinePod, fmt.Sprintf(
			"no ready pod carries the baseline's label %s: wait until one is ready, set the label in the pod template, or correct the baseline lane's labelSelector", Change{Set: l.Selector})}
	}
	return nil
}

// standingProblem keeps a Service from being taken over, and is told of one that was before
// it came; nil without one.
func standingProblem(s Snapshot) *Problem {
	return cmp.Or(sharingProblem(s), spillProblem(s), exportProblem(s), selectorProblem(s))
}

// spillProblem is a setting of the Service that no lane can live with; nil without one.
func spillProblem(s Snapshot) *Problem {
	if s.Service.Spills == "" {
		return nil
	}
	return &Problem{apiv1.ReasonServiceUnsupported, "requests meet other versions than their lane's because of its " + s.Service.Spills}
}

// maxCauses is how many causes are told of: each pod may have a label of its own.
const maxCauses = 5

// describe makes one stable message of the problems of pods, by the pods' names. Pods are
// many and alike, so one is named for each cause.
func describe(blocking map[string]*Problem) *Problem {
	causes := map[Problem][]string{}
	for pod, p := range blocking {
		causes[*p] = append(causes[*p], pod)
	}
	keys := make([]Problem, 0, len(causes))
	for p := range causes {
		keys = append(keys, p)
	}
	slices.SortFunc(keys, func(a, b Problem) int {
		return strings.Compare(a.Reason+a.Message, b.Reason+b.Message)
	})
	var parts []string
	for _, p := range keys[:min(len(keys), maxCauses)] {
		pods := causes[p]
		parts = append(parts, fmt.Sprintf("%d of its ready pods (e.g. %s): %s", len(pods), slices.Min(pods), p.Message))
	}
	if more := len(keys) - maxCauses; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more causes", more))
	}
	return &Problem{keys[0].Reason, strings.Join(parts, "; ")}
}
