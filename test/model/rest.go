package model

import (
	"fmt"
	"slices"
	"strings"
	"time"

	networkingapi "istio.io/api/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

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
		if w.stands(s) {
			w.checkMembers(s, w.members(s))
			w.checkLabels(s)
			w.checkServed(s)
		}
	}
}

// members are the lanes that a Service is in: the table of docs/design.md.
func (w *world) members(service string) []string {
	out := []string{baseline}
	for _, name := range lanes[1:] {
		if w.laneStands(name) && (w.named(service, name) || !w.Named && (w.releasing(service, name) || w.alive(service, name))) {
			out = append(out, name)
		}
	}
	return out
}

func (w *world) named(service, lane string) bool {
	l := get[*apiv1.ASMSwimLane](w.store, "", lane)
	return slices.ContainsFunc(l.Spec.Services, func(r apiv1.ServiceReference) bool { return r.Name == service })
}

func (w *world) releasing(service, lane string) bool {
	stages := []stage{stageMarked, stageInitial, stageRolling, stageCanary, stageReleased}
	return service == "mockb" && lane == "canary" && slices.Contains(stages, w.kruise.stage)
}

// alive: a pod of the lane has an owner that stands, and its version was not
// undone.
func (w *world) alive(service, lane string) bool {
	for _, pod := range all[*corev1.Pod](w.store) {
		l := w.workloadOf(pod)
		_, undone := w.judge.undone[l.name]
		if l.service != service || undone || w.truth(pod) != lane || w.deploymentGone(pod) {
			continue
		}
		if l.canaryOf == "" || w.kruise.stage != stageLost {
			return true
		}
	}
	return false
}

func (w *world) deploymentGone(pod *corev1.Pod) bool {
	rs := w.store.current(replicaSet(pod.OwnerReferences[0].Name))
	return rs == nil || slices.Contains(w.orphans(), rs)
}

func (w *world) checkMembers(service string, want []string) {
	rule, routes := w.rule(ruleKey(service)), w.routes(routesKey(service))
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
		sameNames(w, "routes of "+service, append(slices.Clone(want), baseline+"/default"), routed)
	}
	for _, name := range lanes[1:] {
		l := get[*apiv1.ASMSwimLane](w.store, "", name)
		if l == nil || !l.DeletionTimestamp.IsZero() {
			continue
		}
		is := slices.ContainsFunc(l.Status.Services, func(s apiv1.LaneServiceStatus) bool { return s.Name == service })
		if is != slices.Contains(want, name) {
			w.judge.violate("at rest lane %s has the services %q, and %s is in the lanes %v", name, l.Status.ServicesSummary, service, want)
		}
	}
}

// checkServed: a lane's requests meet the lane's pods, if one is ready.
func (w *world) checkServed(service string) {
	rule, routes := w.rule(ruleKey(service)), w.routes(routesKey(service))
	if rule == nil || routes == nil || foreign(routes) {
		return
	}
	header := get[*apiv1.ASMSwimLaneGroup](w.store, "", groupName).Spec.PermissiveModeConfiguration.RouteHeader
	pods := w.endpoints(service)
	for _, name := range w.members(service) {
		of := func(p *corev1.Pod) bool { return w.judge.is(p) == name }
		if !slices.ContainsFunc(pods, of) {
			continue
		}
		subset, _ := subsetOf(&rule.Spec, destination(routeOf(&routes.Spec, request{header: name})).Subset)
		for _, p := range reached(&rule.Spec, subset, pods) {
			if is := w.judge.is(p); is != "" && is != name {
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
func (w *world) checkLabels(service string) {
	for _, pod := range all[*corev1.Pod](w.store) {
		truth := w.truth(pod)
		if pod.Labels["app"] != service || truth == "" || w.deploymentGone(pod) {
			continue
		}
		marker := apiv1.LabelOutside
		// A lane that is being deleted may wait for an entry that is frozen.
		if l := get[*apiv1.ASMSwimLane](w.store, "", truth); l != nil && l.DeletionTimestamp.IsZero() && meta.IsStatusConditionTrue(l.Status.Conditions, apiv1.ConditionAccepted) {
			marker = apiv1.LaneMarker(truth)
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

func markersOf(pod *corev1.Pod) []string {
	var out []string
	for k := range pod.Labels {
		if k == apiv1.LabelOutside || strings.HasPrefix(k, apiv1.LabelLaneMarkerPrefix) {
			out = append(out, k)
		}
	}
	return out
}

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
	w.dropTheirs()
	if len(w.processes) == 0 {
		w.start()
	}
	for w.tryAny(
		"repair the group", "apply the group", "apply lane base", "apply lane canary",
		"add "+w.Entry+" to the group", "apply the service mockc", "resume", "enable the rollout", "undo", "kruise",
		"apply the workload", "apply the rollout") {
		w.makeReady()
	}
	for _, l := range []string{"mocka-base", "mockb-base", "mockc-base"} {
		w.workloads[l].replicas = max(1, w.workloads[l].replicas)
	}
	for _, l := range w.workloads {
		if l.canaryOf == "" && l.tag != baseline && !w.laneStands(l.tag) {
			l.replicas = 0 // outsiders keep a Service from being taken over
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

// checkDone: all Services that the group names are taken over, and everything
// says so.
func (w *world) checkDone() {
	g := get[*apiv1.ASMSwimLaneGroup](w.store, "", groupName)
	if g == nil || !w.laneStands(baseline) {
		w.judge.violate("the group or its baseline is not there: %v", g)
		return
	}
	for _, r := range g.Spec.Services {
		if w.rule(ruleKey(r.Name)) == nil || w.routes(routesKey(r.Name)) == nil {
			w.judge.violate("at rest %s is not taken over: %s", r.Name, rowOf(g, r.Name))
		}
	}
	for _, s := range services {
		rule, routes := w.rule(ruleKey(s)), w.routes(routesKey(s))
		if !w.stands(s) && (rule != nil || routes != nil) {
			w.judge.violate("at rest %s is in no group and has objects of ours", s)
		}
	}
	w.checkCondition("group", g.Status.Conditions, g.Generation, apiv1.ConditionAccepted, apiv1.ConditionIngressProgrammed, apiv1.ConditionReady)
	for _, l := range all[*apiv1.ASMSwimLane](w.store) {
		w.checkCondition("lane "+l.Name, l.Status.Conditions, l.Generation, apiv1.ConditionAccepted)
	}
	w.checkEntered(g)
}

func rowOf(g *apiv1.ASMSwimLaneGroup, service string) string {
	for _, s := range g.Status.Services {
		if s.Name == service {
			return fmt.Sprintf("%+v", s)
		}
	}
	return "no row"
}

func (w *world) checkCondition(what string, conditions []metav1.Condition, generation int64, kinds ...string) {
	for _, kind := range kinds {
		c := meta.FindStatusCondition(conditions, kind)
		if c == nil || c.Status != metav1.ConditionTrue || c.ObservedGeneration != generation {
			w.judge.violate("at rest condition %s of %s is %+v", kind, what, c)
		}
	}
}

// checkEntered: testers enter their lane, everybody else the baseline.
func (w *world) checkEntered(g *apiv1.ASMSwimLaneGroup) {
	entry := w.routes(entryKey())
	header := g.Spec.PermissiveModeConfiguration.RouteHeader
	for _, name := range lanes {
		l := get[*apiv1.ASMSwimLane](w.store, "", name)
		if l == nil || len(l.Spec.IngressRules) == 0 {
			continue
		}
		r := request{laneHeader: name}
		if name == baseline {
			r = request{}
		}
		if entry == nil {
			w.judge.violate("at rest there is no entry")
			return
		}
		route := routeOf(&entry.Spec, r)
		want := baseline
		if slices.Contains(w.members(w.Entry), name) {
			want = name
		}
		if d := (&networkingapi.Destination{}); route != nil {
			d = destination(route)
			if d.Subset != want || route.Headers.Request.Set[header] != name {
				w.judge.violate("at rest a request %v enters at subset %s with %v", r, d.Subset, route.Headers.Request.Set)
			}
		} else {
			w.judge.violate("at rest a request %v cannot enter", r)
		}
	}
}

// leave deletes everything of ours that a person applied. Nothing stays.
func (w *world) leave() {
	for w.tryAny("delete the group", "delete lane base", "delete lane canary", "delete lane s2") {
	}
	w.run(2*rest, hitch{})
	for _, kind := range []string{"DestinationRule", "VirtualService", "ASMSwimLaneGroup", "ASMSwimLane"} {
		for _, o := range w.store.of(kind).sorted() {
			w.judge.violate("%s is left behind", id(o))
		}
	}
	if w.started > 1 {
		return // a Service that left while nobody looked, and had no objects yet, is not found any more
	}
	for _, pod := range all[*corev1.Pod](w.store) {
		if markers := markersOf(pod); len(markers) > 0 && !(w.judge.unselected && pod.Labels["app"] == "mockc") {
			w.judge.violate("pod %s is left with %v", pod.Name, markers)
		}
	}
}
