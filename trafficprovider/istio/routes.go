package istio

import (
	"slices"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// What can be read off routes, ours or not.

// destinations are all places that a VirtualService sends requests to, mirrors
// included: an edit by hand may have put anything there.
func destinations(vs *networkingv1.VirtualService) []*networkingapi.Destination {
	var out []*networkingapi.Destination
	for _, r := range vs.Spec.Http {
		for _, d := range r.Route {
			out = append(out, d.Destination)
		}
		out = append(out, r.Mirror)
		for _, m := range r.Mirrors {
			out = append(out, m.Destination)
		}
	}
	for _, r := range vs.Spec.Tcp {
		for _, d := range r.Route {
			out = append(out, d.Destination)
		}
	}
	for _, r := range vs.Spec.Tls {
		for _, d := range r.Route {
			out = append(out, d.Destination)
		}
	}
	return slices.DeleteFunc(out, func(d *networkingapi.Destination) bool { return d == nil })
}

// routesTo reports whether some route names the host's subset; false without a
// VirtualService.
func routesTo(vs *networkingv1.VirtualService, host, subset string) bool {
	return vs != nil && slices.Contains(subsetsNamed(vs, host), subset)
}

func subsetsNamed(vs *networkingv1.VirtualService, host string) []string {
	var out []string
	for _, d := range destinations(vs) {
		if d.Host == host && d.Subset != "" {
			out = append(out, d.Subset)
		}
	}
	return out
}

// hasRoute reports whether some mesh route is the lane's by its name.
func hasRoute(vs *networkingv1.VirtualService, laneName string) bool {
	return vs != nil && slices.ContainsFunc(vs.Spec.Http, func(r *networkingapi.HTTPRoute) bool { return r.Name == laneName })
}

// ingressServices are the Services that an ingress sends requests to; sorted.
func ingressServices(vs *networkingv1.VirtualService) []types.NamespacedName {
	var out []types.NamespacedName
	for _, d := range destinations(vs) {
		if service, ok := hostname.Service(d.Host); ok {
			out = append(out, service)
		}
	}
	slices.SortFunc(out, lane.CompareKeys)
	return slices.Compact(out)
}

func nameOf(obj client.Object) types.NamespacedName { return client.ObjectKeyFromObject(obj) }

func kindOf(obj client.Object) string {
	switch obj.(type) {
	case *networkingv1.DestinationRule:
		return "DestinationRule"
	case *v1alpha3.EnvoyFilter:
		return "EnvoyFilter"
	}
	return "VirtualService"
}
