package model

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
)

// judge remembers what the promises need to know of the past.
type judge struct {
	// vouched are pods whose labels have had the time to become right, with
	// what they were then: a pod that the webhook missed, or whose lane has
	// changed, is anybody's until the controllers could repair it.
	vouched map[types.UID]string
	// broken are the Services, and the entry, whose objects a person changed.
	broken map[string]breach
	// undone are the canary Deployments whose release was undone.
	undone map[string]breach
	// unselected: mockc was missing once, so nobody could find its pods.
	unselected bool
	// theirs is somebody else's object of our name.
	theirs *networkingv1.VirtualService
	// violated is the first promise that was broken; kind is the sentence
	// without its names.
	violated, kind string
}

// breach is something that the controllers have to notice: they knew of it at
// the first quiet moment after it.
type breach struct{ known time.Time }

// over says whether they have known for long enough that every proxy knows.
func (b breach) over(waits int) bool {
	return !b.known.IsZero() && time.Since(b.known) >= time.Duration(waits)*settle
}

func newJudge() judge {
	return judge{vouched: map[types.UID]string{}, broken: map[string]breach{}, undone: map[string]breach{}}
}

const (
	entryName = "the entry"
	outside   = "outside"
	baseline  = "base"
)

// truth is what a pod is, whatever its labels say: of the baseline, of a gray
// lane (which need not be there: nobody else may meet the pod either way),
// outside, or (empty) nothing that a promise speaks of.
func (w *world) truth(pod *corev1.Pod) string {
	l := w.workloadOf(pod)
	if l.canaryOf == "" {
		if slices.Contains(lanes, l.tag) {
			return l.tag
		}
		return outside
	}
	r := w.kruise.rollout()
	switch {
	case r == nil || r.Spec.Disabled || !r.DeletionTimestamp.IsZero():
		return "" // it was promoted without a gate
	case !w.laneStands("canary"):
		return outside
	}
	return "canary"
}

func (w *world) laneStands(name string) bool {
	l := get[*apiv1.ASMSwimLane](w.store, "", name)
	return l != nil && l.DeletionTimestamp.IsZero()
}

// stands: the group and its baseline are such that the controllers follow them.
func (w *world) stands(service string) bool {
	g := get[*apiv1.ASMSwimLaneGroup](w.store, "", groupName)
	return g != nil && g.DeletionTimestamp.IsZero() && g.Spec.IsPermissive && w.laneStands(baseline) &&
		slices.ContainsFunc(g.Spec.Services, func(r apiv1.ServiceReference) bool { return r.Name == service }) &&
		w.has(&corev1.Service{ObjectMeta: named(service)})
}

func (j *judge) vouch(w *world, pod *corev1.Pod) {
	// A pod whose Deployment is gone is the garbage collector's, as it is.
	if w.stands(pod.Labels["app"]) && !w.deploymentGone(pod) {
		j.vouched[pod.UID] = w.truth(pod)
	}
}

// known is called in a quiet moment: what happened before it is known.
func (j *judge) known(w *world) {
	for _, pod := range all[*corev1.Pod](w.store) {
		j.vouch(w, pod)
	}
	for _, facts := range []map[string]breach{j.broken, j.undone} {
		for k, b := range facts {
			if b.known.IsZero() && w.repairs(k) {
				facts[k] = breach{time.Now()}
			}
		}
	}
}

// repairs: the controllers put right what a person did to a Service's objects.
// Of a Service that leaves they only take things away, and one that has lost
// all its objects is not taken over before its pods are ready.
func (w *world) repairs(service string) bool {
	if !slices.Contains(services, service) {
		return true
	}
	return w.stands(service) && (w.rule(ruleKey(service)) != nil || w.routes(routesKey(service)) != nil)
}

// is says what a pod is, if its labels must say so.
func (j *judge) is(pod *corev1.Pod) string { return j.vouched[pod.UID] }

func (j *judge) violate(format string, args ...any) {
	if j.violated == "" {
		j.violated, j.kind = fmt.Sprintf(format, args...), format
	}
}

// check asks the proxies.
func (w *world) check() {
	if cause := w.panicked.Load(); cause != nil {
		w.judge.violate("a controller panicked: %s", cause)
	}
	if w.judge.violated != "" {
		return
	}
	maps.DeleteFunc(w.judge.broken, func(_ string, b breach) bool { return b.over(2) })
	for _, pod := range all[*corev1.Pod](w.store) {
		if w.judge.vouched[pod.UID] != w.truth(pod) {
			delete(w.judge.vouched, pod.UID)
		}
	}
	for _, s := range services {
		if _, broken := w.judge.broken[s]; broken {
			continue
		}
		for _, v := range w.views(s) {
			w.checkView(v)
		}
	}
	w.checkEntry()
	if theirs := w.judge.theirs; theirs != nil && w.store.current(theirs) != client.Object(theirs) {
		w.judge.violate("the VirtualService %s of somebody else was changed", theirs.Name)
	}
}

// view is what some proxy may believe of a Service now.
type view struct {
	service string
	routes  *networkingapi.VirtualService // nil where it knows none
	rule    *networkingapi.DestinationRule
	pods    []*corev1.Pod
}

// views are all combinations of the objects of the last settle: proxies learn
// of each kind on its own. Endpoints are always current.
func (w *world) views(service string) []view {
	var out []view
	pods := w.endpoints(service)
	for _, routes := range w.recent("VirtualService", routesKey(service)) {
		for _, rule := range w.recent("DestinationRule", ruleKey(service)) {
			v := view{service: service, pods: pods}
			if o, ok := routes.(*networkingv1.VirtualService); ok && !foreign(o) {
				v.routes = &o.Spec
			}
			if o, ok := rule.(*networkingv1.DestinationRule); ok {
				v.rule = &o.Spec
			}
			out = append(out, v)
		}
	}
	return out
}

// recent are the versions of an object that a proxy may have; nil is none.
func (w *world) recent(kind string, key types.NamespacedName) []client.Object {
	var out []client.Object
	for _, p := range w.store.history(kind, key) {
		if p.end.IsZero() || time.Since(p.end) < settle {
			out = append(out, p.object)
		}
	}
	return out
}

func (w *world) endpoints(service string) []*corev1.Pod {
	if !w.has(&corev1.Service{ObjectMeta: named(service)}) {
		return nil
	}
	return slices.DeleteFunc(all[*corev1.Pod](w.store), func(p *corev1.Pod) bool { return !ready(p) || p.Labels["app"] != service })
}

// checkView asks for every tag, and for none and an unknown one.
func (w *world) checkView(v view) {
	if v.routes != nil {
		for _, route := range v.routes.Http {
			d := destination(route)
			if _, ok := subsetOf(v.rule, d.Subset); !ok {
				w.judge.violate("some proxy has a route of %s to subset %s and not the subset", v.service, d.Subset)
			}
		}
	}
	if v.routes == nil && v.rule == nil {
		return // not ours
	}
	w.checkTag(v, "", request{})
	for _, header := range []string{routeHeader, otherHeader} {
		w.checkTag(v, "", request{header: "nobody"})
		for _, tag := range lanes {
			w.checkTag(v, tag, request{header: tag})
			w.checkTag(v, tag, request{header: tag, method: "POST"})
		}
	}
}

// checkTag holds a request's endpoints against the promises: nobody meets a
// gray lane but by its tag, and something of the baseline is met before
// something of another lane, and before nothing.
func (w *world) checkTag(v view, tag string, r request) {
	subset := (*networkingapi.Subset)(nil)
	if v.routes != nil {
		route := routeOf(v.routes, r)
		if route == nil {
			w.judge.violate("a request %v to %s meets no route", r, v.service)
			return
		}
		subset, _ = subsetOf(v.rule, destination(route).Subset)
	}
	met := reached(v.rule, subset, v.pods)
	w.checkUndone(v.service, tag, r, met)
	if !slices.ContainsFunc(v.pods, func(p *corev1.Pod) bool { return w.judge.is(p) == baseline }) {
		return
	}
	if len(met) == 0 {
		w.judge.violate("a request %v to %s meets no endpoint although the baseline has one", r, v.service)
	}
	for _, p := range met {
		if is := w.judge.is(p); is != "" && is != baseline && is != tag {
			w.judge.violate("a request %v to %s meets pod %s, which is of %s, although the baseline has one", r, v.service, p.Name, is)
		}
	}
}

// checkUndone: the controllers have known for a settle that a version was
// undone, so its tag does not reach it any more. A pod whose Deployment went
// before they knew of the pod is the garbage collector's.
func (w *world) checkUndone(service, tag string, r request, met []*corev1.Pod) {
	if w.Named || service != "mockb" {
		return
	}
	for _, p := range met {
		b, undone := w.judge.undone[p.Labels["deployment"]]
		if undone && !w.neverKnown(p) && tag != "" && tag != baseline && b.over(1) {
			w.judge.violate("a request %v meets pod %s, whose version was undone", r, p.Name)
		}
	}
}

func (w *world) neverKnown(p *corev1.Pod) bool { return w.judge.is(p) == "" && w.deploymentGone(p) }

// checkEntry asks the gateway.
func (w *world) checkEntry() {
	if _, broken := w.judge.broken[entryName]; broken {
		return
	}
	for _, o := range w.recent("VirtualService", entryKey()) {
		entry, ok := o.(*networkingv1.VirtualService)
		if !ok {
			continue
		}
		for _, route := range entry.Spec.Http {
			w.checkEntryRoute(route)
		}
		for _, smuggled := range []request{{}, {routeHeader: "canary"}, {otherHeader: "canary"}} {
			if route := routeOf(&entry.Spec, smuggled); route != nil && !strings.HasPrefix(route.Name, baseline+"/") {
				w.judge.violate("a request %v without a tester's header enters by %s", smuggled, route.Name)
			}
		}
	}
}

// checkEntryRoute: the subset is known to every proxy, and the stamp is that of
// the route's lane.
func (w *world) checkEntryRoute(route *networkingapi.HTTPRoute) {
	d := destination(route)
	service, _, _ := strings.Cut(d.Host, ".")
	if _, broken := w.judge.broken[service]; broken {
		return
	}
	lane, _, _ := strings.Cut(route.Name, "/")
	for _, o := range w.recent("DestinationRule", ruleKey(service)) {
		v := view{service: service, pods: w.endpoints(service)}
		if rule, ok := o.(*networkingv1.DestinationRule); ok {
			v.rule = &rule.Spec
		}
		if _, ok := subsetOf(v.rule, d.Subset); !ok {
			w.judge.violate("some gateway has entry route %s to subset %s of %s and not the subset", route.Name, d.Subset, service)
			return
		}
		v.routes = &networkingapi.VirtualService{Http: []*networkingapi.HTTPRoute{{Route: route.Route}}}
		w.checkTag(v, lane, request{"enters by": route.Name})
	}
	if stamp := route.GetHeaders().GetRequest().GetSet(); stamp[routeHeader] != lane && stamp[otherHeader] != lane {
		w.judge.violate("entry route %s stamps %v", route.Name, stamp)
	}
}

// noteChange follows what the world's facts say of the past.
func (w *world) noteChange(before, after client.Object) {
	pod, ok := before.(*corev1.Pod)
	if ok && after == nil {
		delete(w.judge.vouched, pod.UID)
	}
}
