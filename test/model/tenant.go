package model

import (
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
)

// A tenant has a namespace of his own, in which no group has anything. What he has
// there stays to the end, and must make no difference to a group: neither to what it
// says, nor to how it goes.

const tenant = "tenant"

// hers keeps an object of the tenant from being deleted by anybody else.
const hers = "tenant.example.com/keeps"

func (w *world) tenantActions() []action {
	var out []action
	for _, o := range []struct {
		name   string
		object client.Object
	}{
		{"copy of the entry", imitatedEntry(firstGroup)},
		{"copy of the second entry", imitatedEntry(secondGroup)},
		{"rule of our name", imitatedRule(firstGroup)},
		{"rule for every host", tenantRule("mtls", "*.local")},
	} {
		out = append(out, action{"create a tenant's " + o.name, !w.has(o.object), func() { w.store.put(o.object) }})
	}
	return out
}

// imitatedEntry has all that makes an entry the group's, but for the namespace. It sends
// requests to every subset that the group may have.
func imitatedEntry(g group) client.Object {
	vs := &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: tenant, Name: g.entryKey().Name, Finalizers: []string{hers}}}
	vs.Labels = map[string]string{
		apiv1.LabelManagedBy: apiv1.ManagedBy, apiv1.LabelSwimLaneGroup: g.name, apiv1.LabelGroup: g.name, apiv1.LabelEntry: "true",
	}
	vs.Spec.Hosts, vs.Spec.Gateways = []string{"*"}, []string{tenant + "/gateway"}
	for _, s := range services {
		for _, lane := range g.lanes {
			vs.Spec.Http = append(vs.Spec.Http, &networkingapi.HTTPRoute{
				Name:    s + "-" + lane,
				Headers: &networkingapi.Headers{Request: &networkingapi.Headers_HeaderOperations{Set: map[string]string{routeHeader: lane}}},
				Route:   []*networkingapi.HTTPRouteDestination{{Destination: &networkingapi.Destination{Host: hostOf(s), Subset: lane}}},
			})
		}
	}
	return vs
}

// imitatedRule is what the group would have for a Service of the tenant's.
func imitatedRule(g group) client.Object {
	rule := tenantRule("trafficlabel-dr-"+g.name+"-"+tenant+"-shop", "shop."+tenant+".svc.cluster.local")
	rule.Finalizers = []string{hers}
	rule.Labels = map[string]string{
		apiv1.LabelManagedBy: apiv1.ManagedBy, apiv1.LabelSwimLaneGroup: g.name, apiv1.LabelGroup: g.name,
		apiv1.LabelServiceNamespace: tenant, apiv1.LabelService: "shop",
	}
	for _, lane := range g.lanes {
		rule.Spec.Subsets = append(rule.Spec.Subsets, &networkingapi.Subset{Name: lane})
	}
	return rule
}

func tenantRule(name, host string) *networkingv1.DestinationRule {
	rule := &networkingv1.DestinationRule{ObjectMeta: metav1.ObjectMeta{Namespace: tenant, Name: name}}
	rule.Spec.Host = host
	return rule
}
