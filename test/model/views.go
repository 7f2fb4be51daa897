package model

import (
	"slices"
	"strings"
	"time"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// view is what some proxy may believe of a Service now.
type view struct {
	service string
	// by is the group whose routes these are; of no name where they are somebody
	// else's.
	by     group
	routes *networkingapi.VirtualService  // nil where it knows none
	rule   *networkingapi.DestinationRule // of all groups
	pods   []*corev1.Pod
}

// views are all combinations of the objects of the last settle: proxies learn
// of each object on its own. Endpoints are always current.
func (w *world) views(service string) []view {
	var out []view
	pods, rules := w.endpoints(service), w.mergedRules(service)
	for _, v := range w.routings(service) {
		for _, rule := range rules {
			v.rule, v.pods = rule, pods
			out = append(out, v)
		}
	}
	return out
}

// mergedRules are what proxies may have made of the groups' DestinationRules of a
// Service.
func (w *world) mergedRules(service string) []*networkingapi.DestinationRule {
	var out []*networkingapi.DestinationRule
	for _, some := range w.combinations("DestinationRule", func(g group) types.NamespacedName { return g.ruleKey(service) }) {
		rules := make([]*networkingv1.DestinationRule, len(some))
		for i, o := range some {
			rules[i] = o.object.(*networkingv1.DestinationRule)
		}
		out = append(out, mergeRules(rules))
	}
	return out
}

// routings are the VirtualServices that may be in force for a Service.
func (w *world) routings(service string) []view {
	var out []view
	for _, some := range w.combinations("VirtualService", func(g group) types.NamespacedName { return g.routesKey(service) }) {
		for _, theirs := range w.recentTheirs(service) {
			all := some
			if theirs != nil {
				all = append(slices.Clip(some), groupObject{object: theirs})
			}
			v := view{service: service}
			if len(all) > 0 {
				oldest := slices.MinFunc(all, func(a, b groupObject) int { return byAge(a.object, b.object) })
				v.by, v.routes = oldest.by, &oldest.object.(*networkingv1.VirtualService).Spec
			}
			out = append(out, v)
		}
	}
	return out
}

// groupObject is an object of a group.
type groupObject struct {
	by     group
	object client.Object
}

// combinations are all sets of objects that a proxy may have, at most one of
// each group.
func (w *world) combinations(kind string, key func(group) types.NamespacedName) [][]groupObject {
	out := [][]groupObject{nil}
	for _, g := range groups {
		var more [][]groupObject
		for _, o := range w.recent(kind, key(g)) {
			for _, some := range out {
				if o != nil && !foreign(o) {
					some = append(slices.Clip(some), groupObject{g, o})
				}
				more = append(more, some)
			}
		}
		out = more
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

// checkView asks for every tag, and for none and an unknown one. The tags of
// another group than the one whose routes hold are unknown.
func (w *world) checkView(v view) {
	if v.by.name != "" {
		for _, route := range v.routes.Http {
			d := destination(route)
			if _, ok := subsetOf(v.rule, d.Subset); !ok {
				w.judge.violate("some proxy has a route of %s to subset %s and not the subset", v.service, d.Subset)
			}
		}
	}
	if v.by.name == "" && v.rule == nil {
		return // not ours
	}
	w.checkTag(v, "", request{})
	for _, header := range []string{routeHeader, otherHeader} {
		w.checkTag(v, "", request{header: "nobody"})
		for _, tag := range allLanes() {
			kind := ""
			if slices.Contains(v.by.lanes, tag) {
				kind = kindOfLane(tag)
			}
			w.checkTag(v, kind, request{header: tag})
			w.checkTag(v, kind, request{header: tag, method: "POST"})
		}
	}
}

// checkEntries asks the gateway.
func (w *world) checkEntries() {
	if _, broken := w.judge.broken[entryName]; broken {
		return
	}
	for _, g := range groups {
		for _, o := range w.recent("VirtualService", g.entryKey()) {
			if entry, ok := o.(*networkingv1.VirtualService); ok {
				w.checkEntry(g, &entry.Spec)
			}
		}
	}
}

// checkEntry: who sends a tester's header only may enter by a gray lane's route.
// Of two entries the routes are one list, so what holds for each holds for both.
func (w *world) checkEntry(g group, entry *networkingapi.VirtualService) {
	for _, route := range entry.Http {
		w.checkEntryRoute(g, route)
	}
	for _, tag := range append([]string{""}, allLanes()...) {
		for _, smuggled := range []request{{routeHeader: tag}, {otherHeader: tag}} {
			if route := routeOf(entry, smuggled); route != nil && !strings.HasPrefix(route.Name, g.lanes[0]+"/") {
				w.judge.violate("a request %v without a tester's header enters by %s", smuggled, route.Name)
			}
		}
	}
}

// checkEntryRoute: the subset is known to every proxy, and the stamp is that of
// the route's lane.
func (w *world) checkEntryRoute(g group, route *networkingapi.HTTPRoute) {
	d := destination(route)
	service, _, _ := strings.Cut(d.Host, ".")
	if _, broken := w.judge.broken[service]; broken {
		return
	}
	lane, _, _ := strings.Cut(route.Name, "/")
	for _, rule := range w.mergedRules(service) {
		if _, ok := subsetOf(rule, d.Subset); !ok {
			w.judge.violate("some gateway has entry route %s to subset %s of %s and not the subset", route.Name, d.Subset, service)
			return
		}
		v := view{service: service, by: g, rule: rule, pods: w.endpoints(service)}
		v.routes = &networkingapi.VirtualService{Http: []*networkingapi.HTTPRoute{{Route: route.Route}}}
		w.checkTag(v, kindOfLane(lane), request{"enters by": route.Name})
	}
	if stamp := route.GetHeaders().GetRequest().GetSet(); stamp[routeHeader] != lane && stamp[otherHeader] != lane {
		w.judge.violate("entry route %s stamps %v", route.Name, stamp)
	}
}
