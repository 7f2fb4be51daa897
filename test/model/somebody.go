package model

import (
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// What somebody else has in the mesh: routes of a name of ours, and routes of a
// Service of ours.

// foreignLabel marks an object as somebody else's.
const foreignLabel = "somebody"

func foreign(o client.Object) bool { return o.GetLabels()[foreignLabel] != "" }

// wanted is the Service that somebody routes too, to all of its pods, and
// theirName what the routes are called.
const (
	wanted    = "mockb"
	theirName = "somebodys"
)

func somebodys(name, host string) *networkingv1.VirtualService {
	vs := &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{foreignLabel: "else"}}}
	vs.Spec.Hosts = []string{host}
	vs.Spec.Http = []*networkingapi.HTTPRoute{{Route: []*networkingapi.HTTPRouteDestination{{Destination: &networkingapi.Destination{Host: host}}}}}
	return vs
}

func (w *world) foreignActions() []action {
	named := somebodys(firstGroup.routesKey("mockc").Name, "elsewhere.example.com")
	routes := somebodys(theirName, hostOf(wanted))
	return []action{
		{"create somebody's routes of our name", !w.Slow && !w.has(named) && w.object(firstGroup) != nil, func() { w.addTheirs(named) }},
		{"create somebody's routes of " + wanted, !w.has(routes), func() { w.addTheirs(routes) }},
		{"delete somebody's routes of " + wanted, w.has(routes), func() { w.dropTheirs(routes.Name) }},
	}
}

func (w *world) addTheirs(o *networkingv1.VirtualService) {
	w.store.put(o)
	w.judge.theirs[o.Name] = o
}

// dropTheirs removes an object of somebody else.
func (w *world) dropTheirs(name string) {
	w.store.drop(w.judge.theirs[name])
	delete(w.judge.theirs, name)
	delete(w.judge.seen, name)
}

// recentTheirs are somebody's routes of a Service as proxies may have them.
func (w *world) recentTheirs(service string) []client.Object {
	if service != wanted {
		return []client.Object{nil}
	}
	return w.recent("VirtualService", key(theirName))
}

// theirsHold: of the routes of a Service somebody's are in force.
func (w *world) theirsHold(g group, service string) bool {
	theirs, ours := w.routes(key(theirName)), w.routes(g.routesKey(service))
	return service == wanted && theirs != nil && (ours == nil || byAge(theirs, ours) < 0)
}

// checkStaysOut: a manager that knows of somebody's routes of a Service does not
// begin to route it.
func (w *world) checkStaysOut(o client.Object) {
	for _, g := range groups {
		ours := o.GetNamespace() == namespace && (o.GetName() == g.ruleKey(wanted).Name || o.GetName() == g.routesKey(wanted).Name)
		if ours && w.judge.seen[theirName] && !w.hasObjects(g, wanted) {
			w.judge.violate("%s is created although somebody routes %s", id(o), wanted)
		}
	}
}
