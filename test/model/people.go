package model

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	apiv1 "lanekeeper.io/api/v1"
)

// What people do with kubectl: to releases, to workloads, to groups and lanes.

func (w *world) releaseActions() []action {
	k := &w.kruise
	stable := get[*appsv1.Deployment](w.store, namespace, stableName) != nil
	l := w.workloads[stableName]
	underWay := k.stage == stageReleased && !k.approved && !k.undone && !k.again
	r := k.rollout()
	return []action{
		{"publish", stable && (k.stage == stageIdle || underWay), w.publish},
		{"approve", underWay && w.canaryReady() && r != nil && !r.Spec.Strategy.Paused, func() { k.approved = true }},
		{"undo", underWay || k.stage == stageCanary, func() { k.undone = true }},
		{"pause", underWay && r != nil && !r.Spec.Strategy.Paused, func() { w.pause(true) }},
		{"resume", r != nil && r.Spec.Strategy.Paused, func() { w.pause(false) }},
		{"disable the rollout", k.active() && k.stage != stageEnding, func() { w.disable(true) }},
		{"enable the rollout", k.stage == stageDisabled, func() { w.disable(false) }},
		{"delete the rollout", r != nil && r.DeletionTimestamp.IsZero() && !k.finishing(), w.deleteRollout},
		{"apply the rollout", r == nil, w.reapplyRollout},
		{"delete the workload", stable && l.replicas > 0 && !k.finishing(), w.deleteWorkload},
		{"apply the workload", !stable && len(w.podsOf(l.replicaSet())) == 0, w.reapplyWorkload},
		{"scale the workload to 0", stable && l.replicas > 0 && (k.stage == stageIdle || k.stage == stageReleased), func() { l.replicas = 0 }},
		{"scale the workload to 2", stable && l.replicas != 2, func() { l.replicas = 2 }},
		{"delete the canary by hand", k.stage == stageReleased && w.has(&appsv1.Deployment{ObjectMeta: named(k.canary)}), func() {
			w.store.drop(get[*appsv1.Deployment](w.store, namespace, k.canary))
			k.again = true // Kruise makes another one
		}},
	}
}

// finishing: Kruise is in the midst of what cannot be stopped.
func (k *kruise) finishing() bool {
	return slices.Contains([]stage{stageFinalising, stagePromoting, stageCancelling, stageEnding, stageDisabling}, k.stage)
}

func (w *world) canaryReady() bool {
	l := w.workloads[w.kruise.canary]
	return l != nil && w.readyOf(l) > 0
}

// publish changes the template. Without a Rollout that follows it, the new
// version replaces the old one.
func (w *world) publish() {
	k := &w.kruise
	w.judge.undone = map[string]breach{}
	switch {
	case !k.active():
		w.roll(w.workloads[stableName])
	case k.stage == stageReleased:
		k.again = true
	case w.workloads[stableName].replicas > 0:
		k.mark(true)
		k.stage = stageMarked
	default:
		w.roll(w.workloads[stableName])
	}
}

func (w *world) pause(on bool) {
	r := w.kruise.rollout()
	r.Spec.Strategy.Paused = on
	r.Generation++
	w.store.put(r)
	if w.kruise.stage == stageReleased {
		w.kruise.reason(map[bool]string{true: "Paused", false: "InRolling"}[on], "")
	}
}

// disable promotes what is being released.
func (w *world) disable(on bool) {
	k := &w.kruise
	r := k.rollout()
	r.Spec.Disabled = on
	r.Generation++
	w.store.put(r)
	if !on {
		k.phase("Healthy")
		k.stage = stageIdle
		return
	}
	k.phase("Disabling")
	w.promoteAtOnce()
	k.stage = stageDisabling
}

// promoteAtOnce is what Kruise does without waiting for anything.
func (w *world) promoteAtOnce() {
	k := &w.kruise
	if l := w.workloads[stableName]; w.has(&appsv1.Deployment{ObjectMeta: named(stableName)}) {
		k.mark(false)
		if k.canary != "" {
			w.roll(l)
		}
	}
	k.dropCanary()
	k.approved, k.undone, k.again = false, false, false
}

func (w *world) deleteRollout() {
	k := &w.kruise
	w.store.remove(k.rollout())
	k.phase("Terminating")
	w.promoteAtOnce()
	k.stage = stageEnding
}

func (w *world) reapplyRollout() {
	w.applyRollout()
	if w.has(&appsv1.Deployment{ObjectMeta: named(stableName)}) {
		w.kruise.phase("Healthy")
	} else {
		w.kruise.phase("Initial")
		w.kruise.stage = stageLost
	}
}

// deleteWorkload leaves the canary running: Kruise only forgets it.
func (w *world) deleteWorkload() {
	k := &w.kruise
	w.store.drop(get[*appsv1.Deployment](w.store, namespace, stableName))
	w.workloads[stableName].replicas = 0
	if k.rollout() == nil {
		return
	}
	r := k.rollout()
	r.Status.Conditions = nil
	r.Status.Phase = "Initial"
	w.store.put(r)
	k.stage, k.approved, k.undone, k.again = stageLost, false, false, false
}

func (w *world) reapplyWorkload() {
	w.deploy(stableName, "mockb", "base", 1)
	if w.kruise.rollout() != nil {
		w.kruise.dropCanary()
		w.kruise.phase("Healthy")
		w.kruise.stage = stageIdle
	}
}

func named(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace, Name: name}
}

func (w *world) workloadActions() []action {
	var out []action
	for _, name := range []string{"mocka-s2", "mocka-canary", "mockb-s2", "mockc-s2", "mockc-v9"} {
		l := w.workloads[name]
		out = append(out,
			action{"scale " + name + " to 1", l.replicas == 0, func() { l.replicas = 1 }},
			action{"scale " + name + " to 0", l.replicas == 1, func() { l.replicas = 0 }})
	}
	for _, name := range []string{"mocka-base", "mockb-s2", "mockc-base"} {
		l := w.workloads[name]
		out = append(out, action{"restart " + name, l.replicas > 0, func() { w.roll(l) }})
	}
	service := &corev1.Service{ObjectMeta: named("mockc")}
	return append(out,
		action{"delete the service mockc", w.has(service), func() {
			w.store.remove(service)
			w.judge.unselected = true
		}},
		action{"apply the service mockc", !w.has(service), func() { w.applyService("mockc") }})
}

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
	invalid := there && !g.Spec.IsPermissive
	is := ""
	if there {
		is = g.Spec.PermissiveModeConfiguration.RouteHeader
	}
	return append(out,
		action{"change the header" + of.suffix(), is == routeHeader, edit(header(otherHeader))},
		action{"change the header back" + of.suffix(), is == otherHeader, edit(header(routeHeader))},
		action{"make " + of.title + " invalid", there && !invalid, edit(func(s *apiv1.ASMSwimLaneGroupSpec) { s.IsPermissive = false })},
		action{"repair " + of.title, invalid, edit(func(s *apiv1.ASMSwimLaneGroupSpec) { s.IsPermissive = true })},
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
