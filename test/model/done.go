package model

import (
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

// What must be true at rest of a world that is mended.

// checkDone: all Services that a group has are taken over, nothing else is, and
// everything says so.
func (w *world) checkDone() {
	there := w.byAge()
	if len(there) == 0 {
		w.judge.violate("no group is there")
	}
	for _, g := range groups {
		w.checkOwned(g)
	}
	if w.hasObjects(secondGroup, twin) {
		w.judge.violate("at rest %s has objects of %s, which it does not name", secondGroup.title, twin)
	}
	for i, g := range there {
		if w.moving(g) && !w.isBack(g) {
			w.judge.violate("at rest the baseline of %s has not come back to lane %s", g.title, g.lanes[0])
		}
		w.checkGroup(g, there[:i])
		for _, name := range g.lanes {
			if l := w.lane(name); l != nil {
				w.checkCondition("lane "+name, l.Status.Conditions, l.Generation, apiv1.ConditionAccepted)
			}
		}
	}
}

// checkOwned: a group has objects of the Services that it has and of no others.
func (w *world) checkOwned(g group) {
	for _, s := range services {
		switch {
		case !w.owns(g, s):
			if w.hasObjects(g, s) {
				w.judge.violate("at rest %s has objects of %s and not the Service", g.title, s)
			}
		case w.rule(g.ruleKey(s)) == nil || w.routes(g.routesKey(s)) == nil:
			w.judge.violate("at rest %s is not taken over: %+v", s, rowOf(w.object(g), s))
		}
	}
}

// checkGroup: a group is Ready, or says which older one has something that it
// wants.
func (w *world) checkGroup(g group, older []group) {
	o := w.object(g)
	w.checkCondition(g.title, o.Status.Conditions, o.Generation, apiv1.ConditionAccepted)
	conflicts := slices.ContainsFunc(services, func(s string) bool { return w.names(g, s) && !w.owns(g, s) })
	if w.mayEnter(g, older) {
		w.checkCondition(g.title, o.Status.Conditions, o.Generation, apiv1.ConditionIngressProgrammed)
		w.checkEntered(g)
	} else {
		w.checkConflict(g, apiv1.ConditionIngressProgrammed)
		conflicts = true
	}
	if conflicts {
		w.checkConflict(g, apiv1.ConditionReady)
	} else {
		w.checkCondition(g.title, o.Status.Conditions, o.Generation, apiv1.ConditionReady)
	}
}

// mayEnter: no other group's rules take what this one's ask for. Rules of one
// group are for everybody, and so clash with any of another's. The older enters;
// if its rules came later than the younger's entry, that goes before its own.
func (w *world) mayEnter(g group, older []group) bool {
	givesWay := len(older) > 0
	for _, other := range w.byAge() {
		if other.name == g.name || !w.clash(g, other) {
			continue
		}
		if givesWay || w.forEverybody(g) && w.forEverybody(other) && w.enteredFirst(other, g) {
			return false
		}
	}
	return true
}

// enteredFirst: both groups have an entry, and a's is the older and has a route for everybody. A rule
// that came later than the other group's is left out of it.
func (w *world) enteredFirst(a, b group) bool {
	first, second := w.routes(a.entryKey()), w.routes(b.entryKey())
	return first != nil && second != nil && byAge(first, second) < 0 && slices.ContainsFunc(first.Spec.Http, takesAll)
}

func (w *world) clash(a, b group) bool {
	return w.forEverybody(a) && w.hasEntryRules(b) || w.forEverybody(b) && w.hasEntryRules(a)
}

func (w *world) hasEntryRules(g group) bool { return slices.ContainsFunc(g.lanes, w.hasRules) }

func (w *world) forEverybody(g group) bool { return w.hasRules(g.lanes[0]) }

func (w *world) hasRules(lane string) bool {
	l := w.lane(lane)
	return l != nil && len(l.Spec.IngressRules) > 0
}

func (w *world) checkCondition(what string, conditions []metav1.Condition, generation int64, kinds ...string) {
	for _, kind := range kinds {
		c := meta.FindStatusCondition(conditions, kind)
		if c == nil || c.Status != metav1.ConditionTrue || c.ObservedGeneration != generation {
			w.judge.violate("at rest condition %s of %s is %+v", kind, what, c)
		}
	}
}

// checkConflict: the condition says that another group has what this one wants.
func (w *world) checkConflict(g group, kind string) {
	c := meta.FindStatusCondition(w.object(g).Status.Conditions, kind)
	if c == nil || c.Status != metav1.ConditionFalse || c.Reason != apiv1.ReasonConflict || !strings.Contains(c.Message, "group ") {
		w.judge.violate("at rest condition %s of %s, which gives way to another group, is %+v", kind, g.title, c)
	}
}

// checkEntered: testers enter their lane, everybody else the baseline.
func (w *world) checkEntered(g group) {
	for _, name := range g.lanes {
		if !w.hasRules(name) {
			continue
		}
		r, want := request{laneHeader: name}, g.lanes[0]
		if name == want {
			r = request{}
		} else if slices.Contains(w.members(w.entryOf(g)), name) {
			want = name
		}
		route := routeOf(w.entryList(), r)
		if route == nil {
			w.judge.violate("at rest a request %v cannot enter", r)
			return
		}
		d, stamp := destination(route), route.Headers.Request.Set
		if d.Subset != want || stamp[w.headerOf(g)] != name {
			w.judge.violate("at rest a request %v enters at subset %s with %v", r, d.Subset, stamp)
		}
	}
}

// entryList is what the gateway makes of both entries: those routes that take
// everything come last, else the older entry's come first.
func (w *world) entryList() *networkingapi.VirtualService {
	var entries []*networkingv1.VirtualService
	for _, g := range groups {
		if entry := w.routes(g.entryKey()); entry != nil {
			entries = append(entries, entry)
		}
	}
	slices.SortFunc(entries, func(a, b *networkingv1.VirtualService) int { return byAge(a, b) })
	var some, all []*networkingapi.HTTPRoute
	for _, entry := range entries {
		for _, route := range entry.Spec.Http {
			if takesAll(route) {
				all = append(all, route)
			} else {
				some = append(some, route)
			}
		}
	}
	return &networkingapi.VirtualService{Http: append(some, all...)}
}
