package model

import (
	"slices"

	apiv1 "lanekeeper.io/api/v1"
)

// What people do with kubectl to groups and lanes.

func (w *world) groupActions() []action {
	return append(w.actionsOf(firstGroup), action{"apply the group", w.object(firstGroup) == nil, func() { w.applyGroup(firstGroup) }})
}

func (w *world) laneActions() []action { return w.actionsOfLanes(firstGroup) }

// secondActions are for a group that nobody needs, beside the first.
func (w *world) secondActions() []action {
	out := append(w.actionsOf(secondGroup), w.actionsOfLanes(secondGroup)...)
	for _, s := range services {
		from, owned := w.owner(s)
		to := groups[0]
		if from.name == to.name {
			to = groups[1]
		}
		can := owned && w.groupStands(to) && len(w.object(from).Spec.Services) > 1
		out = append(out, action{"move " + s + " to the other group", can, func() {
			w.edit(from, without(s))
			if !w.names(to, s) {
				w.edit(to, including(s))
			}
		}})
	}
	out = append(out, w.twinActions()...)
	return append(out, action{"apply the second group", w.object(secondGroup) == nil, w.applySecond})
}

func (w *world) edit(g group, change func(*apiv1.ASMSwimLaneGroupSpec)) {
	next := w.object(g).DeepCopy()
	change(&next.Spec)
	w.store.replace(w.object(g), next)
}

func without(service string) func(*apiv1.ASMSwimLaneGroupSpec) {
	return func(spec *apiv1.ASMSwimLaneGroupSpec) {
		spec.Services = slices.DeleteFunc(spec.Services, func(r apiv1.ServiceReference) bool { return r.Name == service })
	}
}

func including(service string) func(*apiv1.ASMSwimLaneGroupSpec) {
	return func(spec *apiv1.ASMSwimLaneGroupSpec) {
		spec.Services = append(spec.Services, references([]string{service})...)
	}
}

func (w *world) actionsOf(of group) []action {
	var out []action
	g, there := w.object(of), w.groupStands(of)
	edit := func(change func(*apiv1.ASMSwimLaneGroupSpec)) func() {
		return func() { w.edit(of, change) }
	}
	for _, s := range services {
		in := there && w.names(of, s)
		out = append(out,
			action{"take " + s + " out of " + of.title, in && len(g.Spec.Services) > 1, edit(without(s))},
			action{"add " + s + " to " + of.title, there && !in, edit(including(s))})
	}
	header := func(to string) func(*apiv1.ASMSwimLaneGroupSpec) {
		return func(spec *apiv1.ASMSwimLaneGroupSpec) { spec.PermissiveModeConfiguration.RouteHeader = to }
	}
	fallback := func(to map[string]string) func(*apiv1.ASMSwimLaneGroupSpec) {
		return func(spec *apiv1.ASMSwimLaneGroupSpec) {
			spec.PermissiveModeConfiguration.ServiceLevelFallbackTarget = to
		}
	}
	invalid := there && !w.valid(of)
	is := ""
	if there {
		is = g.Spec.PermissiveModeConfiguration.RouteHeader
	}
	out = append(out, w.moveActions(of)...)
	return append(out,
		action{"change the header" + of.suffix(), is == routeHeader, edit(header(otherHeader))},
		action{"change the header back" + of.suffix(), is == otherHeader, edit(header(routeHeader))},
		action{"make " + of.title + " invalid", there && !invalid, edit(fallback(map[string]string{nobodys: of.lanes[0]}))},
		action{"repair " + of.title, invalid, edit(fallback(nil))},
		action{"delete " + of.title, there, func() { w.store.remove(g) }})
}

func (w *world) actionsOfLanes(of group) []action {
	var out []action
	for _, name := range of.lanes {
		l, there := w.lane(name), w.laneStands(name)
		rules := there && len(l.Spec.IngressRules) > 0
		out = append(out,
			action{"delete lane " + name, there, func() { w.store.remove(l) }},
			action{"apply lane " + name, l == nil, func() { w.applyLane(of, name) }},
			action{"take the rules off lane " + name, rules, func() { w.editLane(l, func(s *apiv1.ASMSwimLaneSpec) { s.IngressRules = nil }) }},
			action{"give lane " + name + " its rules", there && !rules, func() {
				w.editLane(l, func(s *apiv1.ASMSwimLaneSpec) { s.IngressRules = w.rules(of, name) })
			}})
		named := there && len(l.Spec.Services) > 0
		out = append(out,
			action{"name mocka in lane " + name, name != of.lanes[0] && there && !named, func() {
				w.editLane(l, func(s *apiv1.ASMSwimLaneSpec) { s.Services = references([]string{"mocka"}) })
			}},
			action{"name nothing in lane " + name, named, func() {
				w.editLane(l, func(s *apiv1.ASMSwimLaneSpec) { s.Services = nil })
			}})
	}
	return out
}

func (w *world) editLane(l *apiv1.ASMSwimLane, change func(*apiv1.ASMSwimLaneSpec)) {
	next := l.DeepCopy()
	change(&next.Spec)
	w.store.replace(l, next)
}
