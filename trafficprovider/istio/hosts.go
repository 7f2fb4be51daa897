package istio

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

// Hosts as Istio reads them.

// fullHost resolves a host of an object as Istio does: a name without a dot is
// a Service of the object's own namespace, everything else is a full name.
func fullHost(host, namespace string) string {
	if host == "*" || strings.Contains(host, ".") {
		return host
	}
	return host + "." + namespace + clusterDomain
}

// meantHost is fullHost, but for a Service written as name.namespace or
// name.namespace.svc. Istio takes these for the Service on some ports only; who
// writes them means it.
func meantHost(host, namespace string) string {
	full := fullHost(host, namespace)
	name, rest, _ := strings.Cut(full, ".")
	of, tail, _ := strings.Cut(rest, ".")
	if isWild(full) || of == "" || (tail != "" && tail != "svc") {
		return full
	}
	return hostOf(types.NamespacedName{Namespace: of, Name: name})
}

func isWild(host string) bool { return strings.HasPrefix(host, "*") }

// wildcardsOf are the wildcards that can stand for a host: a star in the place
// of everything before a dot or a hyphen.
func wildcardsOf(host string) []string {
	out := []string{"*"}
	for i, c := range host {
		if c == '.' || c == '-' {
			out = append(out, "*"+host[i:])
		}
	}
	return out
}

// served are the hosts of a VirtualService that a Gateway's server has. Each is
// a virtual host of its own in Envoy: a request meets the routes of the one that
// is nearest to its host, and no other's.
func served(serverHosts, hosts []string, namespace string) []string {
	var out []string
	for _, server := range serverHosts {
		of, bare, scoped := strings.Cut(server, "/")
		if !scoped {
			bare = server
		} else if of != "*" && of != namespace {
			continue
		}
		for _, host := range hosts {
			if lane.HostWithin(host, bare) {
				out = append(out, host)
			} else if lane.HostWithin(bare, host) {
				out = append(out, bare)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// audience is who sees an object.
type audience struct {
	everybody  bool
	namespaces []string // sorted; none of them when everybody does
}

// audienceOf reads exportTo. Without it everybody sees the object (a mesh may
// say otherwise for all objects; then ours are hidden as much as theirs).
func audienceOf(exportTo []string, namespace string) audience {
	if len(exportTo) == 0 || slices.Contains(exportTo, "*") {
		return audience{everybody: true}
	}
	var a audience
	for _, e := range exportTo {
		switch e {
		case "~":
		case ".":
			a.namespaces = append(a.namespaces, namespace)
		default:
			a.namespaces = append(a.namespaces, e)
		}
	}
	slices.Sort(a.namespaces)
	a.namespaces = slices.Compact(a.namespaces)
	return a
}

func (a audience) nobody() bool { return !a.everybody && len(a.namespaces) == 0 }

func (a audience) has(namespace string) bool {
	return a.everybody || slices.Contains(a.namespaces, namespace)
}

// only says whether nobody but one namespace sees the object.
func (a audience) only(namespace string) bool {
	return !a.everybody && slices.Equal(a.namespaces, []string{namespace})
}
