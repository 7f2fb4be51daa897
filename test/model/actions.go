package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// action is something that can happen now.
type action struct {
	name string
	can  bool
	do   func()
}

// everyClass are the classes of actions, those first that are quick to ask.
var everyClass = []func(*world) []action{
	kruiseActions, (*world).releaseActions, (*world).groupActions, (*world).laneActions, (*world).secondActions, (*world).workloadActions,
	(*world).foreignActions, (*world).tenantActions, (*world).handActions, processActions, deliveries, runs, podActions, hitches, answers,
}

// menders are the classes of everyClass that repair the world.
const menders = 7

// swarm says how often the classes happen in one sequence: some of them often,
// some never. Sequences that differ in this find more than those that are all
// alike.
func swarm(r *rand.Rand) []func(*world) []action {
	var out []func(*world) []action
	for _, class := range everyClass {
		n := r.IntN(4)
		out = append(out, slices.Repeat([]func(*world) []action{class}, n*n)...)
	}
	return append(out, slices.Repeat([]func(*world) []action{runs, kruiseActions, (*world).releaseActions}, 4)...)
}

// happen lets one of the possible actions happen.
func (w *world) happen(r *rand.Rand, classes []func(*world) []action) {
	class := classes[r.IntN(len(classes))]
	possible := slices.DeleteFunc(class(w), func(a action) bool { return !a.can })
	if len(possible) > 0 {
		w.act(possible[r.IntN(len(possible))])
	}
}

// try does the action of that name, if it is possible.
func (w *world) try(name string) bool {
	for _, class := range everyClass {
		for _, a := range class(w) {
			if a.name == name && a.can {
				w.act(a)
				return true
			}
		}
	}
	return false
}

func (w *world) act(a action) {
	w.logger.Info("--- " + a.name)
	w.told = append(w.told, a.name)
	a.do()
	w.wait()
	w.check()
}

// runs let time pass, and end in a quiet moment if nothing is wrong.
func runs(w *world) []action {
	out := []action{{"rest", true, w.rest}}
	for _, d := range []time.Duration{time.Second, 3 * time.Second, settle + 2*time.Second} {
		out = append(out,
			action{"run " + d.String(), true, func() {
				w.run(d, hitch{})
				w.quieten()
			}},
			action{"run " + d.String() + " blind", true, func() { w.run(d, hitch{blind: true}) }},
			action{"let calls wait " + d.String(), w.Slow, func() { time.Sleep(d) }})
	}
	return out
}

// rest is a run after which nothing waits to be tried again.
func (w *world) rest() {
	w.run(rest, hitch{})
	for _, p := range w.processes {
		p.troubled = false
	}
	if w.quieten() {
		w.checkRest()
	}
}

// quieten notes that everything is known, if it is.
func (w *world) quieten() bool {
	if w.quiet() {
		w.judge.known(w)
		return true
	}
	return false
}

// hitches are runs in which one call goes wrong.
func hitches(w *world) []action {
	out := make([]action, len(hitchTable))
	for i, h := range hitchTable {
		out[i] = action{h.name, !w.Slow || !h.fault.deadly(), func() { w.run(h.length, h.hitch) }}
	}
	return out
}

type namedHitch struct {
	hitch
	name   string
	length time.Duration
}

var hitchTable = func() []namedHitch {
	var out []namedHitch
	for _, d := range []time.Duration{time.Second, settle + 2*time.Second} {
		for at := 1; at <= 12; at++ {
			for _, f := range faults {
				out = append(out, namedHitch{hitch{fault: f, at: at}, fmt.Sprintf("run %s, %s at call %d", d, f, at), d})
			}
		}
	}
	return out
}()

// deliveries bring some of what a watch has missed.
func deliveries(w *world) []action {
	var out []action
	for _, p := range w.processes {
		for _, kind := range slices.Sorted(maps.Keys(p.cache.kinds)) {
			k := p.cache.kinds[kind]
			can := !p.frozen && k.behind() > 0
			out = append(out,
				action{fmt.Sprintf("deliver one %s to %s", kind, p.name), can, func() { k.deliver(1) }},
				action{fmt.Sprintf("deliver every %s to %s", kind, p.name), can, func() { k.deliver(k.behind()) }},
				action{fmt.Sprintf("relist %s of %s", kind, p.name), can, k.relist})
		}
	}
	return out
}

// answers are for calls that wait.
func answers(w *world) []action {
	var out []action
	for _, c := range w.gate.calls() {
		out = append(out, action{"answer " + c.name, true, func() { w.answer(c, "") }})
		for _, f := range faults {
			out = append(out, action{fmt.Sprintf("%s for %s", f, c.name), !w.Slow || !f.deadly(), func() { w.answer(c, f) }})
		}
	}
	return out
}

func kruiseActions(w *world) []action {
	busy := w.kruise.busy()
	return []action{{"kruise", busy, w.tick}, {"let kruise work", busy, func() {
		for w.kruise.busy() {
			w.tick()
			w.makeReady()
			w.check()
		}
	}}}
}

// tick is Kruise's next write, and what the judge makes of it.
func (w *world) tick() {
	canary := w.kruise.canary
	w.kruise.tick()
	if w.kruise.stage == stageCancelling {
		w.judge.undone[canary] = breach{}
	}
}

func podActions(w *world) []action {
	out := []action{
		{"collect garbage", len(w.garbage()) > 0, func() { w.collect() }},
		{"remove a pod", len(w.excess()) > 0, func() { w.store.remove(w.excess()[0]) }},
		{"make a pod", len(w.missing()) > 0, func() { w.createPod(w.missing()[0]) }},
		{"tend the workloads", true, w.makeReady},
	}
	for _, pod := range all[*corev1.Pod](w.store) {
		out = append(out,
			action{"ready " + pod.Name, !ready(pod), func() { w.setReady(pod, true) }},
			action{"unready " + pod.Name, ready(pod), func() { w.setReady(pod, false) }},
			action{"lose " + pod.Name, true, func() { w.store.remove(pod) }})
	}
	return out
}

func processActions(w *world) []action {
	frozen := slices.ContainsFunc(w.processes, func(p *process) bool { return p.frozen })
	out := []action{
		{"start a manager", len(w.processes) == 0 || len(w.processes) == 1 && frozen, w.start},
		{"switch the webhook off", !w.webhookDown, func() { w.webhookDown = true }},
		{"switch the webhook on", w.webhookDown, func() { w.webhookDown = false }},
	}
	for _, p := range w.processes {
		out = append(out,
			action{"kill " + p.name, !w.Slow, func() { w.kill(p) }},
			action{"freeze " + p.name, !w.Slow && !frozen, func() { w.freeze(p) }},
			action{"thaw " + p.name, p.frozen, func() { w.thaw(p) }})
	}
	return out
}
