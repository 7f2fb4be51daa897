package model

import (
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What people do with kubectl to releases and workloads.

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
	switch {
	case !k.active():
		w.roll(w.workloads[stableName])
	case k.stage == stageReleased:
		k.again = true
	case w.workloads[stableName].replicas > 0:
		k.release()
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
	w.collectAll()
	k.approved, k.undone, k.again = false, false, false
}

// collectAll is for where Kruise's own marks do not tell an undone version any more.
func (w *world) collectAll() {
	for w.collect() {
	}
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
		w.collectAll()
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
			w.judge.unselected[service.Name] = true
		}},
		action{"apply the service mockc", !w.has(service), func() { w.applyService("mockc") }})
}
