package model

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// How every sequence ends: mended, at rest, with one group less, and with
// everything deleted.

// finish repairs what people broke, ends what is being released, and lets the
// world come to rest. Then everything is in place, and nothing is written.
func (w *world) finish() {
	w.mend()
	w.run(rest, hitch{})
	w.mend() // what was on its way out is gone now
	w.run(2*rest, hitch{})
	w.rest()
	w.judge.broken = map[string]breach{}
	w.check()
	w.checkDone()
	writes := w.writes
	w.run(rest, hitch{})
	if w.writes != writes {
		w.judge.violate("%d writes at rest", w.writes-writes)
	}
}

// handOver deletes the older of two groups: the younger gets what both name.
func (w *world) handOver() {
	there := w.byAge()
	if len(there) < 2 {
		return
	}
	w.try("delete " + there[0].title)
	w.run(rest, hitch{})
	w.retireStrays()
	w.run(2*rest, hitch{})
	w.rest()
	w.checkDone()
}

// mend does what is needed for a world without faults.
func (w *world) mend() {
	w.webhookDown = false
	for len(w.processes) > 1 {
		w.kill(w.processes[0])
	}
	for _, p := range w.processes {
		if p.frozen {
			w.thaw(p)
		}
	}
	for name := range w.judge.theirs {
		w.dropTheirs(name)
	}
	if len(w.processes) == 0 {
		w.start()
	}
	repairs := []string{
		"repair the group", "apply the group", "apply lane base", "apply lane canary",
		"add " + w.Entry + " to the group", "apply the service mockc", "resume", "enable the rollout", "undo", "kruise",
		"apply the workload", "apply the rollout", "take the twin out of the second group",
	}
	if w.object(secondGroup) != nil || slices.ContainsFunc(secondGroup.lanes, func(l string) bool { return w.lane(l) != nil }) {
		// Each group enters at a Service of its own.
		repairs = append(repairs, "repair the second group", "apply the second group", "apply lane second-base", "apply lane second-canary",
			"add "+ownService+" to the second group", "take "+ownService+" out of the group", "take "+w.Entry+" out of the second group")
	}
	for w.tryAny(repairs...) {
		w.makeReady()
	}
	for _, l := range []string{"mocka-base", "mockb-base", "mockc-base"} {
		w.workloads[l].replicas = max(1, w.workloads[l].replicas)
	}
	w.retireStrays()
}

// retireStrays scales down what has no lane: outsiders keep a Service from being
// taken over.
func (w *world) retireStrays() {
	for _, l := range w.workloads {
		if l.canaryOf == "" && l.tag != baseline && !w.laneStands(w.ownerOrFirst(l.service).laneOf(l.tag)) {
			l.replicas = 0
		}
	}
	w.makeReady()
}

// tryAny does the first of the actions that is possible; false when none is.
func (w *world) tryAny(names ...string) bool {
	for _, class := range everyClass[:menders] {
		for _, a := range class(w) {
			if a.can && slices.Contains(names, a.name) {
				w.act(a)
				return true
			}
		}
	}
	return false
}

// leave deletes everything of ours that a person applied. Nothing stays.
func (w *world) leave() {
	for w.tryAny("delete the group", "delete lane base", "delete lane canary", "delete lane s2",
		"delete the second group", "delete lane second-base", "delete lane second-canary") {
	}
	w.run(2*rest, hitch{})
	for _, kind := range []string{"DestinationRule", "VirtualService", "ASMSwimLaneGroup", "ASMSwimLane"} {
		for _, o := range w.store.of(kind).sorted() {
			if o.GetNamespace() != tenant {
				w.judge.violate("%s is left behind", id(o))
			}
		}
	}
	if w.started > 1 {
		return // a Service that left while nobody looked, and had no objects yet, is not found any more
	}
	for _, pod := range all[*corev1.Pod](w.store) {
		if w.judge.unselected[pod.Labels["app"]] {
			continue
		}
		if markers := markersOf(pod); len(markers) > 0 {
			w.judge.violate("pod %s is left with %v", pod.Name, markers)
		}
	}
}
