package istio

import (
	"maps"
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/trafficprovider"
)

// An object's labels, name and namespace say whose it is, and the keys of its labels
// and annotations what of it is ours. For a Service's object the namespace is the
// Service's. For an ingress it is its Gateway's, now or before, which only the group
// knows (ingressnamespaces.go).

// owns reports whether labels are those of a group's Service. swimlane-group is
// not asked for: it is there for people to select by, and is put back when lost.
func owns(labels map[string]string, group string, service types.NamespacedName) bool {
	return labels[apiv1.LabelManagedBy] == apiv1.ManagedBy && labels[apiv1.LabelGroup] == group &&
		labels[apiv1.LabelServiceNamespace] == service.Namespace && labels[apiv1.LabelService] == service.Name
}

// isOurs reports whether an object is the one that we write for a group's
// Service. Somebody's copy of it, with our labels under another name, is not.
func isOurs(obj client.Object, group string, service types.NamespacedName) bool {
	want := ruleName(group, service)
	if _, ok := obj.(*networkingv1.VirtualService); ok {
		want = routesName(group, service)
	}
	return nameOf(obj) == want && owns(obj.GetLabels(), group, service)
}

// groupOfService is the group that an object of ours for the Service belongs to; empty
// if it is not one. One for another Service is foreign to this: it has its name in
// another namespace, or speaks for a host that it is not for.
func groupOfService(obj client.Object, service types.NamespacedName) string {
	if c, ok := ownerOf(obj); ok && c.Service == service {
		return c.Group
	}
	return ""
}

// groupOnGateway is the group whose ingress on the Gateway an object is; empty if it
// is none. It is in the Gateway's namespace: elsewhere anybody may call his so.
func groupOnGateway(vs *networkingv1.VirtualService, gateway types.NamespacedName) string {
	if c, ok := ownerOf(vs); ok && c.Service.Name == "" && vs.Namespace == gateway.Namespace {
		return c.Group
	}
	return ""
}

// anyGroups reports whether one of the objects is what some group has for the
// Service.
func anyGroups[T client.Object](objects []T, service types.NamespacedName) bool {
	return slices.ContainsFunc(objects, func(obj T) bool { return groupOfService(obj, service) != "" })
}

// ownerOf reads the owner off an object. For an ingress it is whom the object names:
// whether it is that group's depends on its namespace as well.
func ownerOf(obj client.Object) (trafficprovider.Owner, bool) {
	labels := obj.GetLabels()
	group := labels[apiv1.LabelGroup]
	service := types.NamespacedName{Namespace: labels[apiv1.LabelServiceNamespace], Name: labels[apiv1.LabelService]}
	switch vs, _ := obj.(*networkingv1.VirtualService); {
	case labels[apiv1.LabelManagedBy] != apiv1.ManagedBy || group == "":
	case labels[apiv1.LabelEntry] == "" && isOurs(obj, group, service):
		return trafficprovider.Owner{Group: group, Service: service}, true
	case labels[apiv1.LabelEntry] == "true" && vs != nil && nameOf(vs) == ingressName(group, vs.Namespace):
		return trafficprovider.Owner{Group: group, Ingress: ingressServices(vs)}, true
	case labels[apiv1.LabelEntry] == "true" && isGatewayFilterOf(obj, group):
		return trafficprovider.Owner{Group: group, OfMesh: true}, true
	case isTraceFilterOf(obj, group):
		return trafficprovider.Owner{Group: group, OfNamespace: true}, true
	}
	return trafficprovider.Owner{}, false
}

// ours are the labels or annotations that we write; everybody else's stay.
func ours(all map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range all {
		if isOurKey(k) {
			out[k] = v
		}
	}
	return out
}

func isOurKey(key string) bool {
	switch key {
	case apiv1.LabelManagedBy, apiv1.LabelSwimLaneGroup, apiv1.LabelGroup,
		apiv1.LabelServiceNamespace, apiv1.LabelService, apiv1.LabelEntry,
		apiv1.AnnotationMoves, apiv1.AnnotationMovesFrom, apiv1.AnnotationMovesAfter, apiv1.AnnotationMovedAfter, apiv1.AnnotationBaseline,
		apiv1.AnnotationRevisions:
		return true
	}
	for _, prefix := range []string{apiv1.AnnotationNamedAfter, apiv1.AnnotationRemovedAfter, apiv1.AnnotationListedAfter, apiv1.AnnotationAnswersAfter} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// replaceOurs returns all labels or annotations, with want in the place of ours.
func replaceOurs(all, want map[string]string) map[string]string {
	next := maps.Clone(all)
	maps.DeleteFunc(next, func(k, _ string) bool { return isOurKey(k) })
	if next == nil {
		next = map[string]string{}
	}
	maps.Copy(next, want)
	return next
}
