package istio

import (
	"maps"
	"slices"
	"time"

	"lanekeeper.io/lane"
)

// transition is one step of a Service's subsets.
type transition struct {
	// was and is are the subsets by name, before the step and after it.
	was, is map[string]lane.Subset
	// serving is the lane of the last route, which everybody without a lane
	// meets; empty as long as there can be no routes.
	serving string
	// broken is set if the routes' last subset is not defined, as far as the rule
	// that was read says, and no other may be named either.
	broken bool
	// becomes is set while the baseline's subset holds all endpoints, since its lane has just
	// become the baseline.
	becomes bool
	// selecting are the gray lanes whose subset selects the pods that may answer in it, telling those
	// whose subset will (answers.go).
	selecting, telling []string
	// left is the lane that everybody met before they met all versions, as long as some proxy sends them
	// there: its subset stays as it is (allversions.go); empty for none.
	left string
	// unmarked are the lanes of a strict group whose pods do not carry their marker yet, or have for less
	// than a settle.
	unmarked []string
	// moved is set if the last route goes to another lane after the step.
	moved bool
	// again is when time brings more to do; 0 for never.
	again time.Duration
}

// advance moves every subset of a managed Service one step on.
func advance(plan lane.Plan, l *live, now time.Time) transition {
	t := transition{was: map[string]lane.Subset{}, is: map[string]lane.Subset{}}
	wanted := map[string]bool{}
	for _, name := range lanesOf(plan) {
		wanted[name] = true
	}
	_, t.again = l.mayMove(plan, now)
	becomes, wait := l.becomes(plan, now)
	t.becomes, t.again = becomes, sooner(t.again, wait)
	if plan.Next != nil && !l.prepared(plan) {
		t.again = sooner(t.again, l.settle)
	}
	if !becomes {
		t.selecting, t.telling, wait = l.selecting(plan, now)
		t.again = sooner(t.again, wait)
	}
	t.serving, t.broken = serving(plan, l, now)
	t.unmarked, wait = l.unmarked(plan, now)
	t.again = sooner(t.again, wait)
	t.left, wait = l.left(plan, t.serving, now)
	t.again = sooner(t.again, wait)
	t.moved = t.serving != "" && l.routes != nil && l.last() != t.serving
	// A baseline that is replaced serves until the new one may be named.
	wanted[t.serving] = true
	delete(wanted, "")
	for _, name := range append(l.names(), slices.Collect(maps.Keys(wanted))...) {
		t.step(wanted[name], name, l, now)
	}
	if t.serving == "" { // no VirtualService yet, so nothing is routed
		for name, s := range t.is {
			s.Routed = false
			t.is[name] = s
		}
	}
	return t
}

// drain moves every subset of a Service that is given up one step on.
func drain(l *live, now time.Time) transition {
	t := transition{was: map[string]lane.Subset{}, is: map[string]lane.Subset{}}
	for _, name := range l.names() {
		t.step(false, name, l, now)
	}
	return t
}

func (t *transition) step(want bool, name string, l *live, now time.Time) {
	was := l.subset(name, now)
	is, again := lane.Settle(want, was, now, l.settle)
	// This is when they pass, as they are stored.
	is.NamedAfter, is.RemovedAfter = roundUp(was.NamedAfter, is.NamedAfter), roundUp(was.RemovedAfter, is.RemovedAfter)
	if again > 0 {
		again = until(is.NamedAfter, now)
		if !want {
			again = until(is.RemovedAfter, now)
		}
	}
	t.was[name], t.is[name] = was, is
	t.again = sooner(t.again, again)
}

func roundUp(was, is time.Time) time.Time {
	if is.IsZero() || is.Equal(was) {
		return is
	}
	return ceil(is)
}

// serving is the lane that the last route goes to, and whether only a broken
// object makes it so.
func serving(plan lane.Plan, l *live, now time.Time) (name string, broken bool) {
	baseline := plan.Baseline.Lane
	last := l.last()
	may, _ := l.mayMove(plan, now)
	switch s := l.subset(baseline, now); {
	case may && l.subset(plan.Next.Lane, now).Nameable(now):
		return plan.Next.Lane, false
	case s.Nameable(now):
		return baseline, false
	case l.routes == nil:
		return "", false
	case !l.has(plan, last): // somebody broke our objects; anything is better
		return baseline, true
	default:
		return last, false
	}
}

// removes reports whether a subset goes.
func (t transition) removes() bool {
	return t.any(func(was, is lane.Subset) bool { return was.Defined && !is.Defined })
}

// needsLiveRead reports whether the step is valid only if no cached object is
// stale. A rule that is older than the routes looks broken.
func (t transition) needsLiveRead() bool {
	return t.broken || t.moved || t.removes() || t.any(func(was, is lane.Subset) bool {
		return (!was.Routed && is.Routed) || (was.RemovedAfter.IsZero() && !is.RemovedAfter.IsZero())
	})
}

// frees reports whether a subset's last route goes, so that its removal's clock
// can start.
func (t transition) frees() bool {
	return t.any(func(was, is lane.Subset) bool { return was.Routed && !is.Routed && !is.RoutedByIngress })
}

func (t transition) any(f func(was, is lane.Subset) bool) bool {
	for name, is := range t.is {
		if f(t.was[name], is) {
			return true
		}
	}
	return false
}

// each visits the subsets in the order of their names.
func (t transition) each(visit func(name string, was, is lane.Subset)) {
	for _, name := range slices.Sorted(maps.Keys(t.is)) {
		visit(name, t.was[name], t.is[name])
	}
}

// defined are the subsets of the step, sorted by name.
func (t transition) defined() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(t.is)), func(name string) bool { return !t.is[name].Defined })
}

// programmed are the plan's lanes that are routed after the step.
func (t transition) programmed(plan lane.Plan) []string {
	var out []string
	for _, name := range lanesOf(plan) {
		if t.is[name].Routed && (name != plan.Baseline.Lane || t.serving == name) {
			out = append(out, name)
		}
	}
	return out
}

// complete reports whether the step leads to the plan, with nothing left to do.
func (t transition) complete(plan lane.Plan) bool {
	lanes := lanesOf(plan)
	return t.again == 0 && slices.Equal(t.programmed(plan), lanes) && slices.Equal(t.defined(), lanes)
}

// lanesOf are the lanes that a plan wants, sorted.
func lanesOf(plan lane.Plan) []string {
	out := []string{plan.Baseline.Lane}
	for _, m := range besides(plan) {
		out = append(out, m.Lane)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// besides are the lanes that a plan wants besides the baseline: those that the Service is in, those
// that lack it, and the one that is to be the baseline.
func besides(plan lane.Plan) []lane.Member {
	out := slices.Concat(plan.Gray, plan.Lacking)
	if plan.Next != nil {
		out = append(out, *plan.Next)
	}
	return out
}
