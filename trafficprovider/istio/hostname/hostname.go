// Package hostname reads and writes host names as Istio's objects have them.
//
// A Service is known by its full name, mockb.default.svc.cluster.local. Objects
// may also name it in short, relative to their own namespace, or stand for many
// hosts by a wildcard. Whether one host is among those of another is
// lane.HostWithin.
package hostname

import (
	"strings"

	"k8s.io/apimachinery/pkg/types"
)

const clusterDomain = ".svc.cluster.local"

// Of returns a Service's full name.
func Of(service types.NamespacedName) string {
	return service.Name + "." + service.Namespace + clusterDomain
}

// Service is the opposite of Of; false for any other host.
func Service(host string) (types.NamespacedName, bool) {
	short, ok := strings.CutSuffix(host, clusterDomain)
	name, namespace, found := strings.Cut(short, ".")
	if !ok || !found || strings.Contains(namespace, ".") {
		return types.NamespacedName{}, false
	}
	return types.NamespacedName{Namespace: namespace, Name: name}, true
}

// Resolve returns a host of an object as Istio resolves it: a name without a dot
// is a Service of the object's own namespace, everything else is a full name.
func Resolve(written, namespace string) string {
	if written == "*" || strings.Contains(written, ".") {
		return written
	}
	return written + "." + namespace + clusterDomain
}

// Intended is Resolve of a VirtualService's host for sidecars, but reads
// name.namespace and name.namespace.svc as the Service, too. Istio takes these for
// it on some ports only, and whoever writes them means it.
//
// Sidecars fold the case of a VirtualService's hosts (separateVSHostsAndServices in
// Istio's pilot/pkg/networking/core/route/route.go), but look for the nearest
// wildcard letter by letter (computeWildcardHostVirtualServiceIndex in
// pilot/pkg/model/sidecar.go). A DestinationRule's host is never folded
// (mergeDestinationRule in pilot/pkg/model/destination_rule.go): with a capital it is
// for no Service.
func Intended(written, namespace string) string {
	full := Resolve(written, namespace)
	if !IsWildcard(full) {
		full = strings.ToLower(full)
	}
	name, rest, _ := strings.Cut(full, ".")
	of, tail, _ := strings.Cut(rest, ".")
	if IsWildcard(full) || of == "" || (tail != "" && tail != "svc") {
		return full
	}
	return Of(types.NamespacedName{Namespace: of, Name: name})
}

// Within reports whether every name that host stands for is one that other stands
// for, too, letter by letter, as istiod compares them (host.Name.SubsetOf in
// pkg/config/host). lane.HostWithin does not mind the case, as Envoy.
func Within(host, other string) bool {
	rest, wild := strings.CutPrefix(other, "*")
	if !wild {
		return host == other
	}
	return strings.HasSuffix(host, rest)
}

// IsWildcard reports whether a host stands for more than one name.
func IsWildcard(host string) bool { return strings.HasPrefix(host, "*") }

// Wildcards returns the wildcards that can stand for a host: a star in the place
// of everything before a dot or a hyphen.
func Wildcards(host string) []string {
	out := []string{"*"}
	for i, c := range host {
		if c == '.' || c == '-' {
			out = append(out, "*"+host[i:])
		}
	}
	return out
}
