package istio

import (
	"slices"
	"strings"
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// Where a Service is in several gray lanes, a lane's subset selects the pods that may answer in it
// (lane/answers.go): one settle after all of them said so, when every proxy knows. It goes on
// selecting as long as it is there, but while the baseline moves, when pods change sides.

// selectsAnswers reports whether a gray subset holds those pods alone that may answer.
func selectsAnswers(s *networkingapi.Subset) bool {
	_, ok := s.Labels[apiv1.AnswersLabel(s.Name)]
	return ok
}

// Answers are the lanes of which a new pod has to say that it may answer.
func (l *live) Answers() []string { return answers(l.rule) }

// OthersAnswers are the lanes of other groups' rules for the Service.
func (l *live) OthersAnswers() []string {
	var out []string
	for _, rule := range l.foreign.rules {
		if groupOfService(rule, l.service) != "" {
			out = append(out, answers(rule)...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Answers is that of live.
func (i isolation) Answers() []string { return answers(i.rule) }

func answers(rule *networkingv1.DestinationRule) []string {
	if rule == nil {
		return nil
	}
	var out []string
	for _, s := range rule.Spec.Subsets {
		if selectsAnswers(s) {
			out = append(out, s.Name)
		}
	}
	for key := range rule.Annotations {
		if of, ok := strings.CutPrefix(key, apiv1.AnnotationAnswersAfter); ok {
			out = append(out, of)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// selecting are the gray lanes whose subset selects in the step, telling those whose subset will as
// soon as proxies know what its pods say. again is how long until then (0 if no time is known).
func (l *live) selecting(plan lane.Plan, now time.Time) (selecting, telling []string, again time.Duration) {
	if plan.Mode == lane.Strict || plan.Next != nil || plan.Unlabelled || l.rule == nil {
		return nil, nil, 0
	}
	for _, m := range plan.Gray {
		s := l.find(m.Lane)
		if s == nil || !m.Answers && !selectsAnswers(s) {
			continue
		}
		wait := l.settle
		if key := apiv1.AnnotationAnswersAfter + m.Lane; l.rule.Annotations[key] != "" {
			wait = until(l.deadline(key, now), now)
		}
		if selectsAnswers(s) || wait == 0 {
			selecting = append(selecting, m.Lane)
			continue
		}
		telling, again = append(telling, m.Lane), sooner(again, wait)
	}
	return selecting, telling, again
}

// ofAnswers say when subsets may select that do not yet.
func (d *deadlines) ofAnswers(t transition) {
	for _, name := range t.telling {
		d.once(apiv1.AnnotationAnswersAfter+name, true)
	}
}

// graySubset is that of a lane which the Service is in.
func graySubset(plan lane.Plan, t transition, m lane.Member) (*networkingapi.Subset, error) {
	subset, err := rankedSubset(plan, m, plan.GrayLanes)
	if slices.Contains(t.selecting, m.Lane) {
		subset.Labels = map[string]string{apiv1.AnswersLabel(m.Lane): apiv1.MarkerValue}
	}
	return subset, err
}
