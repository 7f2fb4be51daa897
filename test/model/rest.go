package model

import (
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"

	apiv1 "lanekeeper.io/api/v1"
)

// What must be true when nothing happens any more.

// rest is longer than any wait of the product: a settle, twice, and the longest
// time between two tries.
const rest = 45 * time.Second

// checkRest compares objects and statuses with what the design says of the
// facts of the moment.
func (w *world) checkRest() {
	for _, s := range services {
		_, shared := w.elder(s)
		if g, _ := w.owner(s); w.stands(s) && !shared && !w.moving(g) {
			w.checkMembers(g, s, w.members(s))
			w.checkLabels(g, s)
			w.checkServed(g, s)
			if w.theirsHold(g, s) && rowOf(w.object(g), s).Programmed {
				w.judge.violate("at rest %s says that its routes of %s hold, and somebody's do", g.title, s)
			}
		}
		w.checkLosers(s)
	}
	w.checkTwins()
}

// members are the lanes that a Service is in: the table of docs/design.md.
func (w *world) members(service string) []string {
	g, _ := w.owner(service)
	out := []string{g.lanes[0]}
	for _, name := range g.lanes[1:] {
		if w.laneStands(name) && (w.named(service, name) || !w.Named && (w.releasing(service, name) || w.alive(service, name))) {
			out = append(out, name)
		}
	}
	return out
}

func (w *world) named(service, lane string) bool {
	return slices.ContainsFunc(w.lane(lane).Spec.Services, func(r apiv1.ServiceReference) bool { return r.Name == service })
}

func (w *world) releasing(service, lane string) bool {
	stages := []stage{stageMarked, stageInitial, stageRolling, stageCanary, stageReleased}
	return service == "mockb" && lane == w.released(w.ownerOrFirst(service)) && slices.Contains(stages, w.kruise.stage)
}

// alive: a pod of the lane has an owner that stands.
func (w *world) alive(service, lane string) bool {
	for _, pod := range all[*corev1.Pod](w.store) {
		l := w.workloadOf(pod)
		if l.service != service || w.truth(pod) != kindOfLane(lane) || w.deploymentGone(pod) {
			continue
		}
		return true
	}
	return false
}

func (w *world) deploymentGone(pod *corev1.Pod) bool {
	rs := w.store.current(replicaSet(pod.OwnerReferences[0].Name))
	return rs == nil || slices.Contains(w.orphans(), rs)
}

func (w *world) checkMembers(g group, service string, want []string) {
	rule, routes := w.rule(g.ruleKey(service)), w.routes(g.routesKey(service))
	if (rule != nil || routes != nil) && (routes == nil || !foreign(routes)) {
		var subsets, routed []string
		if rule != nil {
			for _, s := range rule.Spec.Subsets {
				subsets = append(subsets, s.Name)
			}
		}
		if routes != nil {
			for _, r := range routes.Spec.Http {
				if !strings.HasSuffix(r.Name, "/safe") { // the lane's own, for some methods
					routed = append(routed, r.Name)
				}
			}
		}
		sameNames(w, "subsets of "+service, want, subsets)
		sameNames(w, "routes of "+service, append(slices.Clone(want), g.lanes[0]+"/default"), routed)
	}
	for _, name := range g.lanes[1:] {
		if w.laneStands(name) && w.listed(name, service) != slices.Contains(want, name) {
			w.judge.violate("at rest lane %s has the services %q, and %s is in the lanes %v", name, w.lane(name).Status.ServicesSummary, service, want)
		}
	}
}

// listed: the lane's status says that the Service is in it.
func (w *world) listed(lane, service string) bool {
	return slices.ContainsFunc(w.lane(lane).Status.Services, func(s apiv1.LaneServiceStatus) bool { return s.Name == service })
}

// checkLosers: a group that names a Service which the older one has says so, and
// none of its lanes has it.
func (w *world) checkLosers(service string) {
	owner, _ := w.owner(service)
	for _, g := range w.byAge() {
		if g.name == owner.name || !w.names(g, service) {
			continue
		}
		row := rowOf(w.object(g), service)
		if row.Reason != apiv1.ReasonConflict || row.Programmed || !strings.Contains(row.Message, "belongs to the older group "+owner.name) {
			w.judge.violate("at rest %s says of %s, which the older group %s has: %+v", g.title, service, owner.name, row)
		}
		for _, name := range g.lanes {
			if w.laneStands(name) && w.listed(name, service) {
				w.judge.violate("at rest lane %s has the service %s of another group", name, service)
			}
		}
	}
}

func rowOf(g *apiv1.ASMSwimLaneGroup, service string) apiv1.GroupServiceStatus {
	for _, s := range g.Status.Services {
		if s.Name == service {
			return s
		}
	}
	return apiv1.GroupServiceStatus{Message: "no row"}
}

// checkServed: a lane's requests meet the lane's pods, if one is ready.
func (w *world) checkServed(g group, service string) {
	rule, routes := w.rule(g.ruleKey(service)), w.routes(g.routesKey(service))
	if rule == nil || routes == nil || foreign(routes) || w.theirsHold(g, service) {
		return
	}
	header, pods := w.headerOf(g), w.endpoints(service)
	for _, name := range w.members(service) {
		kind := kindOfLane(name)
		of := func(p *corev1.Pod) bool { return w.judge.is(p) == kind }
		if !slices.ContainsFunc(pods, of) {
			continue
		}
		subset, _ := subsetOf(&rule.Spec, destination(routeOf(&routes.Spec, request{header: name})).Subset)
		for _, p := range reached(&rule.Spec, subset, pods) {
			if is := w.judge.is(p); is != "" && is != kind {
				w.judge.violate("at rest a request of lane %s to %s meets pod %s although the lane has one", name, service, p.Name)
			}
		}
	}
}

func sameNames(w *world, what string, want, got []string) {
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(want, got) {
		w.judge.violate("at rest the %s are %v instead of %v", what, got, want)
	}
}

// checkLabels asks for the labels of every pod of a Service.
func (w *world) checkLabels(g group, service string) {
	for _, pod := range all[*corev1.Pod](w.store) {
		truth := w.truth(pod)
		if pod.Labels["app"] != service || truth == "" || w.deploymentGone(pod) || w.moves(service) && w.theirs(g, pod) {
			continue
		}
		marker := apiv1.LabelOutside
		if lane := g.laneOf(truth); !w.moves(service) && w.laneStands(lane) && meta.IsStatusConditionTrue(w.lane(lane).Status.Conditions, apiv1.ConditionAccepted) {
			marker = apiv1.LaneMarker(lane)
		}
		var want []string
		if truth != baseline {
			want = []string{marker}
		}
		sameNames(w, "markers of pod "+pod.Name, want, markersOf(pod))
		if truth != outside && pod.Labels[tagLabel] != truth {
			w.judge.violate("at rest pod %s of %s is labelled %s", pod.Name, truth, pod.Labels[tagLabel])
		}
	}
}

// theirs: the pod has no marker of the group's, and stays as it is until the objects of the group
// that had its Service are gone.
func (w *world) theirs(g group, pod *corev1.Pod) bool {
	return !slices.ContainsFunc(g.lanes, func(l string) bool { _, ours := pod.Labels[apiv1.LaneMarker(l)]; return ours })
}

func markersOf(pod *corev1.Pod) []string {
	var out []string
	for k := range pod.Labels {
		if k == apiv1.LabelOutside || strings.HasPrefix(k, apiv1.LabelLaneMarkerPrefix) {
			out = append(out, k)
		}
	}
	return out
}
