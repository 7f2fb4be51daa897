package model

import (
	"fmt"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What people do by hand to our objects in the mesh.

func (g group) ruleKey(service string) types.NamespacedName {
	return key("trafficlabel-dr-" + g.name + "-" + namespace + "-" + service)
}

func (g group) routesKey(service string) types.NamespacedName {
	return key("trafficlabel-vs-" + g.name + "-" + namespace + "-" + service)
}

func (g group) entryKey() types.NamespacedName {
	return types.NamespacedName{Namespace: "istio-system", Name: "swimlane-ingress-vs-" + g.name}
}

func (w *world) rule(key types.NamespacedName) *networkingv1.DestinationRule {
	return get[*networkingv1.DestinationRule](w.store, key.Namespace, key.Name)
}

func (w *world) routes(key types.NamespacedName) *networkingv1.VirtualService {
	return get[*networkingv1.VirtualService](w.store, key.Namespace, key.Name)
}

func (w *world) handActions() []action {
	var out []action
	for _, g := range groups {
		out = append(out, w.handActionsOf(g)...)
		entry := w.routes(g.entryKey())
		out = append(out, action{"delete the entry" + g.suffix(), entry != nil, w.byHand(entryName, func() { w.store.remove(entry) })})
	}
	return out
}

func (w *world) handActionsOf(g group) []action {
	var out []action
	for _, s := range services {
		rule, routes := w.rule(g.ruleKey(s)), w.routes(g.routesKey(s))
		name := s + g.suffix()
		ourRule := rule != nil && !foreign(rule)
		ourRoutes := routes != nil && !foreign(routes)
		out = append(out,
			action{"delete the rule of " + name, ourRule, w.byHand(s, func() { w.store.remove(rule) })},
			action{"delete the routes of " + name, ourRoutes, w.byHand(s, func() { w.store.remove(routes) })},
			action{"take the subsets out of the rule of " + name, ourRule && len(rule.Spec.Subsets) > 0, w.byHand(s, func() {
				rule.Spec.Subsets = rule.Spec.Subsets[:len(rule.Spec.Subsets)-1]
				must(w.store.update(rule))
			})},
			action{"take the annotations off the rule of " + name, ourRule && len(rule.Annotations) > 0, w.byHand(s, func() {
				rule.Annotations = nil
				must(w.store.update(rule))
			})},
			action{"take the routes out of the routes of " + name, ourRoutes && len(routes.Spec.Http) > 1, w.byHand(s, func() {
				routes.Spec.Http = routes.Spec.Http[1:]
				must(w.store.update(routes))
			})},
			action{"label the rule of " + name, ourRule, func() {
				rule.Labels["argocd"], rule.Annotations = "tracked", with(rule.Annotations, "argocd", "tracked")
				must(w.store.update(rule))
			}})
		for i, old := range w.backups("DestinationRule", g.ruleKey(s)) {
			out = append(out, action{fmt.Sprintf("restore rule %d of %s", i, name), ourRule || rule == nil, w.byHand(s, func() { w.restore(g, old) })})
		}
		for i, old := range w.backups("VirtualService", g.routesKey(s)) {
			out = append(out, action{fmt.Sprintf("restore routes %d of %s", i, name), ourRoutes || routes == nil, w.byHand(s, func() { w.restore(g, old) })})
		}
	}
	return out
}

// backups are some old versions of an object.
func (w *world) backups(kind string, key types.NamespacedName) []client.Object {
	var out []client.Object
	for _, p := range w.store.history(kind, key) {
		if p.object != nil && !p.end.IsZero() && !foreign(p.object) && len(out) < 6 {
			out = append(out, p.object)
		}
	}
	return out
}

// restore applies an old version over what is there, which may be of a time in which another
// lane was the group's baseline.
func (w *world) restore(g group, old client.Object) {
	w.moveAgain(g)
	next := old.DeepCopyObject().(client.Object)
	if is := w.store.current(next); is != nil {
		next.SetResourceVersion(is.GetResourceVersion())
		must(w.store.update(next))
		return
	}
	must(w.store.create(next))
}

// byHand notes that a Service's objects are what a person made of them.
func (w *world) byHand(service string, do func()) func() {
	return func() {
		do()
		w.judge.broken[service] = breach{}
	}
}

func with(labels map[string]string, k, v string) map[string]string {
	if labels == nil {
		labels = map[string]string{}
	}
	labels[k] = v
	return labels
}
