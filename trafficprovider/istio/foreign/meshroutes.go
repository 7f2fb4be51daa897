package foreign

import (
	"cmp"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// Parents returns the Services that are parents of a route of the Gateway API; none for
// another object.
func Parents(obj metav1.Object) []types.NamespacedName {
	var refs []gatewayv1.ParentReference
	switch obj := obj.(type) {
	case *gatewayv1.HTTPRoute:
		refs = obj.Spec.ParentRefs
	case *gatewayv1.GRPCRoute:
		refs = obj.Spec.ParentRefs
	}
	var out []types.NamespacedName
	for _, ref := range refs {
		if ref.Kind == nil || *ref.Kind != "Service" || ref.Group == nil || *ref.Group != "" {
			continue
		}
		key := types.NamespacedName{Namespace: obj.GetNamespace(), Name: string(ref.Name)}
		if ref.Namespace != nil {
			key.Namespace = cmp.Or(string(*ref.Namespace), key.Namespace)
		}
		out = append(out, key)
	}
	return out
}

// CheckMeshRoute tells of a route of the Gateway API whose parent is the Service. Sidecars of
// the route's own namespace obey it before any VirtualService, however old; those of other
// namespaces obey one in the Service's namespace where it is the older
// (istio.io/istio pilot/pkg/model.SelectVirtualServices).
func CheckMeshRoute(route metav1.Object, service types.NamespacedName, chain Chain) *Finding {
	f := &Finding{object: kindOfRoute(route) + " " + nameOf(route) + " (parent Service " + service.Name + ")", cure: cureRoutes}
	if route.GetNamespace() == service.Namespace {
		f.blocks, f.decides = true, true
		f.effect = "takes the place of ours for clients in its namespace, and elsewhere where it is older than ours: lanes have no effect there"
		return f
	}
	f.decides = chain.has(route.GetNamespace())
	f.effect = "holds instead of ours for clients in namespace " + route.GetNamespace() + ": they do not follow lanes to the service"
	return f
}

func kindOfRoute(route metav1.Object) string {
	if _, ok := route.(*gatewayv1.GRPCRoute); ok {
		return "GRPCRoute"
	}
	return "HTTPRoute"
}
