package istio

import (
	"slices"
	"strings"
	"time"

	networkingapi "istio.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// How another lane becomes the baseline (lane/baselinemove.go) in the objects. First the
// subsets of both hold all endpoints. When proxies know that, the routes go to the new one's.
// When its pods carry its label and proxies know that, too, it has labels again.

// moves are the lanes between which the baseline moves; empty without a move.
func (l *live) moves() (from, to string) {
	if l.rule == nil {
		return "", ""
	}
	from, to, _ = strings.Cut(l.rule.Annotations[apiv1.AnnotationMoves], "/")
	return from, to
}

// Serving goes by the rule: the baseline's subset is the only one without ranks, but while
// another lane becomes the baseline, and then an annotation and the routes tell. The routes
// alone do not: whatever an edit by hand sends everybody to, is not the baseline for that.
func (l *live) Serving() string {
	if l.rule == nil {
		return l.last()
	}
	if s := l.find(l.last()); s != nil && !isGray(s) {
		return s.Name
	}
	for _, s := range l.rule.Spec.Subsets {
		if !isGray(s) {
			return s.Name
		}
	}
	from, to := l.moves()
	_, begins := l.rule.Annotations[apiv1.AnnotationMovesAfter]
	if l.last() == to || l.last() != from && !begins {
		return to
	}
	return from
}

// ServingLabels are those of its subset, or, while that holds all endpoints, what an annotation
// says. None are known of a lane that has just become the baseline: it has an object.
func (l *live) ServingLabels() map[string]string {
	serving := l.Serving()
	if from, _ := l.moves(); from == "" || from != serving {
		return l.find(serving).GetLabels()
	}
	selector, err := labels.ConvertSelectorToLabelsMap(l.rule.Annotations[apiv1.AnnotationMovesFrom])
	if err != nil { // somebody's edit, which is put back
		return nil
	}
	return selector
}

// mayMove reports whether the routes may go to the next baseline, and else how long until
// they may (0 if no time is known).
func (l *live) mayMove(plan lane.Plan, now time.Time) (bool, time.Duration) {
	if plan.Next == nil || !l.prepared(plan) {
		return false, 0
	}
	wait := until(l.deadline(apiv1.AnnotationMovesAfter, now), now)
	return wait == 0, wait
}

// prepared reports whether both subsets hold all endpoints, for this move.
func (l *live) prepared(plan lane.Plan) bool {
	from, to := l.moves()
	was, is := l.find(from), l.find(to)
	return from == plan.Baseline.Lane && to == plan.Next.Lane && was != nil && is != nil && isGray(was) && isGray(is)
}

// becomes reports whether the baseline's subset has to go on holding all endpoints, and how
// long (0 if no time is known): until its pods carry its label, and proxies know.
func (l *live) becomes(plan lane.Plan, now time.Time) (bool, time.Duration) {
	s := l.find(plan.Baseline.Lane)
	from, _ := l.moves()
	switch {
	case plan.Next != nil || s == nil || !isGray(s) || from == "":
		return false, 0
	case !plan.Labelled:
		return true, 0
	case l.rule.Annotations[apiv1.AnnotationMovedAfter] == "":
		return true, l.settle
	}
	wait := until(l.deadline(apiv1.AnnotationMovedAfter, now), now)
	return wait > 0, wait
}

// ofMove are the annotations of a move.
func (d *deadlines) ofMove(plan lane.Plan, t transition) {
	switch {
	case t.left != "":
		d.ofAllVersions(t)
	case plan.Next != nil:
		d.next[apiv1.AnnotationMoves] = plan.Baseline.Lane + "/" + plan.Next.Lane
		d.next[apiv1.AnnotationMovesFrom] = labels.Set(plan.Baseline.Selector).String()
		d.once(apiv1.AnnotationMovesAfter, d.live.prepared(plan))
	case t.becomes:
		d.next[apiv1.AnnotationMoves] = d.live.rule.Annotations[apiv1.AnnotationMoves]
		if plan.Labelled {
			d.once(apiv1.AnnotationMovedAfter, true)
		}
	default:
		d.afterMove(plan)
	}
}

// once starts a wait of one settle, unless it is under way and counts.
func (d *deadlines) once(key string, counts bool) {
	if value, sound := d.sound(key); sound && counts {
		d.next[key] = value
		return
	}
	d.stamp(key, d.now.Add(d.live.settle))
}

// afterMove notes since when every proxy knows that a subset which held all endpoints has the
// baseline's alone.
func (d *deadlines) afterMove(plan lane.Plan) {
	if s := d.live.find(plan.Baseline.Lane); s != nil && isGray(s) {
		d.stamp(apiv1.AnnotationMovedAfter, d.now.Add(d.live.settle))
	} else if value, sound := d.sound(apiv1.AnnotationMovedAfter); sound {
		d.next[apiv1.AnnotationMovedAfter] = value
	}
}

// keptOut reports whether the labels of the baseline's subset keep everybody else's pods out,
// and every proxy knows. If it gives them up for another baseline's sake it goes on keeping
// out whom it kept out.
func (l *live) keptOut(plan lane.Plan, now time.Time) bool {
	if plan.Next == nil || l.rule == nil || !l.subset(plan.Baseline.Lane, now).Nameable(now) {
		return false
	}
	if from, _ := l.moves(); from != "" { // one move after the other: nobody knows
		return false
	}
	_, ok := l.rule.Annotations[apiv1.AnnotationMovedAfter]
	return !ok || until(l.deadline(apiv1.AnnotationMovedAfter, now), now) == 0
}

// baselineSubset has the baseline's pods alone, but in a move.
func baselineSubset(plan lane.Plan, l *live, t transition) (*networkingapi.Subset, error) {
	if !t.becomes && plan.Next == nil {
		policy, err := mergePolicy(plan, baselineOnly())
		return &networkingapi.Subset{Name: plan.Baseline.Lane, Labels: plan.Baseline.Selector, TrafficPolicy: policy}, err
	}
	return rankedSubset(plan, plan.Baseline, othersInMove(plan, l))
}

// othersInMove are the gray lanes, that one last which is the best of them for everybody: the
// baseline that is to come, or was.
func othersInMove(plan lane.Plan, l *live) []string {
	best, _ := l.moves()
	if plan.Next != nil {
		best = plan.Next.Lane
	}
	others := slices.DeleteFunc(slices.Clone(plan.GrayLanes), func(other string) bool { return other == best })
	if len(others) < len(plan.GrayLanes) {
		others = append(others, best)
	}
	return others
}

// everybodys is the policy of those who name no subset. While the baseline moves it ranks as
// the subset does that they will go to.
func everybodys(plan lane.Plan, l *live, t transition) *networkingapi.TrafficPolicy {
	switch {
	case plan.Next != nil:
		return laneFirst(*plan.Next, plan.GrayLanes)
	case t.becomes:
		return laneFirst(plan.Baseline, othersInMove(plan, l))
	}
	return baselineFirst(plan.Baseline)
}
