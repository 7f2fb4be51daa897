package foreign

import (
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/trafficprovider/istio/hostname"
)

// mesh is what a VirtualService calls all sidecars, in the place of a Gateway.
const mesh = "mesh"

// Hosts returns the hosts for which an object speaks to sidecars, in full.
func Hosts(obj metav1.Object) []string {
	switch obj := obj.(type) {
	case *networkingv1.DestinationRule:
		return []string{hostname.Resolve(obj.Spec.Host, obj.Namespace)}
	case *networkingv1.VirtualService:
		if !inMesh(obj) {
			return nil
		}
		var out []string
		for _, host := range obj.Spec.Hosts {
			out = append(out, hostname.Intended(host, obj.Namespace))
		}
		return out
	}
	return nil
}

func inMesh(vs *networkingv1.VirtualService) bool {
	return len(vs.Spec.Gateways) == 0 || slices.Contains(vs.Spec.Gateways, mesh)
}

// Gateways returns the Gateways that a VirtualService is bound to, in whatever
// way it writes them.
func Gateways(vs *networkingv1.VirtualService) []types.NamespacedName {
	var out []types.NamespacedName
	for _, written := range vs.Spec.Gateways {
		if written != mesh {
			out = append(out, gatewayKey(written, vs.Namespace))
		}
	}
	return out
}

func gatewayKey(written, namespace string) types.NamespacedName {
	if of, name, ok := strings.Cut(written, "/"); ok {
		if of == "." {
			of = namespace
		}
		return types.NamespacedName{Namespace: of, Name: name}
	}
	name, rest, dotted := strings.Cut(written, ".")
	if dotted { // name.namespace, with or without a domain: an older way
		namespace, _, _ = strings.Cut(rest, ".")
	}
	return types.NamespacedName{Namespace: namespace, Name: name}
}
