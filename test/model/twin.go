package model

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

// twin is a Service over the pods of mockb, which the second group may name. No pod has
// the markers of two groups, so of these two Services only one is taken over.
const twin, twinned = "all-mockb", "mockb"

func (w *world) twinActions() []action {
	s := fixture.Unborn(fixture.Service(twinned, func(s *corev1.Service) { s.Name = twin }))
	g, there := w.object(secondGroup), w.groupStands(secondGroup)
	in := there && w.names(secondGroup, twin)
	return []action{
		{"apply the twin", !w.has(s), func() { w.store.put(s) }},
		{"delete the twin", w.has(s), func() {
			w.store.remove(s)
			w.judge.unselected[twinned] = w.judge.unselected[twinned] || in
		}},
		{"add the twin to the second group", there && !in, func() { w.edit(secondGroup, including(twin)) }},
		{"take the twin out of the second group", in && len(g.Spec.Services) > 1, func() { w.edit(secondGroup, without(twin)) }},
	}
}

// elder is the older group which has the other one of the two Services that select the
// pods of this one.
func (w *world) elder(service string) (group, bool) {
	other := map[string]string{twin: twinned, twinned: twin}[service]
	if other == "" || !w.has(&corev1.Service{ObjectMeta: named(other)}) {
		return group{}, false
	}
	by, owned := w.owner(other)
	mine, _ := w.owner(service)
	return by, owned && by.name != mine.name && w.byAge()[0].name == by.name
}

// notePods: the pods of a Service have an older group's labels. Until they have not for
// some time, nobody knows what its requests meet.
func (w *world) notePods() {
	for _, s := range []string{twin, twinned} {
		if _, shared := w.elder(s); !shared {
			delete(w.judge.shared, s)
		} else if s == twinned {
			w.judge.broken[s] = breach{}
		}
	}
}

// knowElders is for a quiet moment.
func (w *world) knowElders() {
	for _, s := range []string{twin, twinned} {
		if _, shared := w.elder(s); shared && len(w.podsFor(twinned)) > 0 {
			w.judge.shared[s] = true
		}
	}
}

// podsFor are the pods that a Service selects.
func (w *world) podsFor(service string) []*corev1.Pod {
	var out []*corev1.Pod
	for _, p := range all[*corev1.Pod](w.store) {
		if p.Labels["app"] == service {
			out = append(out, p)
		}
	}
	return out
}

// checkShares: a manager that knows of an older group's Service over the same pods does
// not begin to route a younger's.
func (w *world) checkShares(o client.Object) {
	for _, s := range []string{twin, twinned} {
		for _, g := range groups {
			key := client.ObjectKeyFromObject(o)
			ours := key == g.ruleKey(s) || key == g.routesKey(s)
			if ours && w.owns(g, s) && w.judge.shared[s] && !w.hasObjects(g, s) {
				w.judge.violate("%s is created although an older group labels its pods", id(o))
			}
		}
	}
}

// checkTwins: the younger group says which older one labels the pods, as long as it does.
func (w *world) checkTwins() {
	for _, s := range []string{twin, twinned} {
		g, _ := w.owner(s)
		if !w.stands(s) {
			continue
		}
		elder, shared := w.elder(s)
		shared = shared && len(w.podsFor(twinned)) > 0
		row := rowOf(w.object(g), s)
		says := row.Reason == apiv1.ReasonConflict && !row.Programmed && strings.Contains(row.Message, "of the older group "+elder.name)
		if shared && !says || !shared && strings.Contains(row.Message, "its pods are labelled for") {
			w.judge.violate("at rest %s says of %s, whose pods an older group labels (%t): %+v", g.title, s, shared, row)
		}
	}
}
