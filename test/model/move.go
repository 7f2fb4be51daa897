package model

import (
	"slices"
	"time"

	networkingapi "istio.io/api/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
)

// Another lane becomes the baseline of a group. From then until the move back has come to its
// end everybody may meet the pods of either lane, as long as both have one.

// unapproved are canaries of a release into the lane that is, or is to be, the baseline. Nobody
// but the lane's testers may have met them, and they as long as it waits.
const unapproved = "unapproved"

func (w *world) moveActions(of group) []action {
	var out []action
	for _, name := range of.lanes {
		can := w.baselineMoves && w.groupStands(of) && w.baselineOf(of) != name
		out = append(out, action{"let " + name + " be the baseline" + of.suffix(), can, func() {
			if kind := kindOfLane(name); kind != baseline && !slices.Contains(w.judge.movedEver[of.name], kind) {
				w.judge.movedEver[of.name] = append(w.judge.movedEver[of.name], kind)
			}
			w.moveAgain(of)
			w.edit(of, func(s *apiv1.ASMSwimLaneGroupSpec) { s.PermissiveModeConfiguration.FallbackTarget = name })
		}})
	}
	return out
}

// moveAgain: the baseline is, or may be, another one once more.
func (w *world) moveAgain(g group) {
	if kinds := w.judge.movedEver[g.name]; len(kinds) > 0 {
		w.judge.moved[g.name] = kinds
	}
	delete(w.judge.back, g.name)
}

// baselineOf is the lane that the group's spec has.
func (w *world) baselineOf(g group) string {
	if o := w.object(g); o != nil {
		return o.Spec.PermissiveModeConfiguration.FallbackTarget
	}
	return g.lanes[0]
}

// everybodys are the kinds of pods that untagged requests to a Service may meet, by a group's
// routes or, where there are none, by the rule of its owner, or of the group that had it.
func (w *world) everybodys(service string, by group) []string {
	out := []string{baseline}
	for _, g := range groups {
		if g.name == by.name || g.name == w.ownerOrFirst(service).name || w.hasRecentRule(g, service) {
			out = append(out, w.judge.moved[g.name]...)
		}
	}
	return out
}

// hasRecentRule: some proxy may have the group's rule of the Service.
func (w *world) hasRecentRule(g group, service string) bool {
	return slices.ContainsFunc(w.recent("DestinationRule", g.ruleKey(service)), func(o client.Object) bool { return o != nil && !foreign(o) })
}

// answers: the lane that serves everybody, as the proxy has it, has a ready pod; or each of
// those has that may.
func (w *world) answers(v view, everybodys []string) bool {
	kinds := everybodys
	if v.routes != nil && len(v.routes.Http) > 1 {
		if kind := kindOfLane(destination(v.routes.Http[len(v.routes.Http)-1]).Subset); slices.Contains(everybodys, kind) {
			kinds = []string{kind}
		}
	}
	for _, kind := range kinds {
		if !slices.ContainsFunc(v.pods, func(p *corev1.Pod) bool { return w.judge.is(p) == kind }) {
			return false
		}
	}
	return true
}

// isEverybodys: requests that no rule asks for may enter by the lane's routes.
func (w *world) isEverybodys(g group, lane string) bool {
	return lane == g.lanes[0] || slices.Contains(w.judge.moved[g.name], kindOfLane(lane))
}

func (w *world) moving(g group) bool { return len(w.judge.moved[g.name]) > 0 }

// endMoves notes which groups have come back.
func (w *world) endMoves() {
	for _, g := range groups {
		if w.moving(g) && !w.isBack(g) && (!w.groupStands(g) && w.hasNothing(g) || w.follows(g) && w.cameBack(g)) {
			w.judge.back[g.name] = breach{time.Now()}
		}
	}
}

func (w *world) isBack(g group) bool {
	_, back := w.judge.back[g.name]
	return back
}

// forgetMoves forgets the moves that every proxy knows the end of.
func (w *world) forgetMoves() {
	for name, b := range w.judge.back {
		if b.over(1) {
			delete(w.judge.back, name)
			delete(w.judge.moved, name)
		}
	}
}

func (w *world) hasNothing(g group) bool {
	return w.object(g) == nil && w.routes(g.entryKey()) == nil && !slices.ContainsFunc(services, func(s string) bool { return w.hasObjects(g, s) })
}

// cameBack: all that the group has in the mesh is its first lane's.
func (w *world) cameBack(g group) bool {
	first := g.lanes[0]
	if entry := w.routes(g.entryKey()); entry != nil && entry.Annotations[apiv1.AnnotationBaseline] != first {
		return false
	}
	return w.baselineOf(g) == first && !slices.ContainsFunc(services, func(s string) bool { return w.hasObjects(g, s) && !w.servedBy(g, s, first) })
}

func (w *world) servedBy(g group, service, lane string) bool {
	rule, routes := w.rule(g.ruleKey(service)), w.routes(g.routesKey(service))
	if rule == nil || routes == nil || foreign(routes) {
		return true
	}
	subset, ok := subsetOf(&rule.Spec, lane)
	last := routes.Spec.Http[len(routes.Spec.Http)-1]
	return ok && subset.Labels[tagLabel] != "" && destination(last).Subset == lane
}

// checkEverybody: while the baseline moves, what everybody's requests are stamped with by the
// entry leads nobody into what is not everybody's, at any Service of the group.
func (w *world) checkEverybody(g group, route *networkingapi.HTTPRoute) {
	if !w.moving(g) || !takesAll(route) {
		return
	}
	for header, tag := range route.GetHeaders().GetRequest().GetSet() {
		for _, s := range services {
			if _, broken := w.judge.broken[s]; broken || !w.owns(g, s) {
				continue
			}
			for _, v := range w.views(s) {
				if v.by.name == g.name {
					w.checkTag(v, "", request{header: tag})
				}
			}
		}
	}
}
