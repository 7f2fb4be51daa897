package istio

import (
	"fmt"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"
)

// A patch may send copies of requests to any other Service. One of the group's would have all of its
// versions meet them, those that nobody approved as well: a mirror's host names no subset, and a
// mirror that names one would keep it from being removed in order.

// mirroredTo is the mirror of a route that goes to one of the Services, and why that must not be; empty
// without one.
func mirroredTo(route *networkingapi.HTTPRoute, services []types.NamespacedName) string {
	fields, hosts := []string{"mirror.host"}, []string{route.GetMirror().GetHost()}
	for i, m := range route.GetMirrors() {
		fields, hosts = append(fields, fmt.Sprintf("mirrors[%d].destination.host", i)), append(hosts, m.GetDestination().GetHost())
	}
	for i, host := range hosts {
		if slices.ContainsFunc(services, func(s types.NamespacedName) bool { return names(host, s) }) {
			return fmt.Sprintf("%s to %q, a Service of the group, all of whose versions would meet the copies: mirror requests to a Service that is in no group", fields[i], host)
		}
	}
	return ""
}

// names reports whether a host is the Service's: its name alone, whatever the namespace is that Istio
// adds, or with its namespace.
func names(host string, service types.NamespacedName) bool {
	parts := strings.SplitN(strings.ToLower(host), ".", 4)
	switch {
	case parts[0] != service.Name:
		return false
	case len(parts) == 1:
		return true
	}
	return parts[1] == service.Namespace && (len(parts) == 2 || parts[2] == "svc")
}
