package foreign

import (
	"fmt"
	"slices"
	"strings"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// gap is why no request for a host arrives, and what to do.
type gap struct{ why, cure string }

// gap says what stands between a host and us: of the Gateway's servers that have
// the host, the one that lacks least.
func (in Ingress) gap(host string, servers []server) gap {
	if full := hostname.Resolve(host, in.VirtualService.Namespace); full != host {
		return gap{"Istio reads it as " + full, "write the host with its domain"}
	}
	var best gap
	var nearest int
	var have []string
	for _, s := range servers {
		if s.gateway != in.Gateway {
			continue
		}
		if near, g := in.lack(host, s, servers); near > nearest {
			best, nearest = g, near
		}
		if s.speaksHTTP() {
			have = append(have, s.GetHosts()...)
		}
	}
	switch {
	case nearest > 0:
		return best
	case len(have) == 0:
		return gap{"it has no HTTP server", "add one that has the host"}
	}
	slices.Sort(have)
	return gap{"its HTTP servers have " + namesOf(slices.Compact(have)), "add the host to a server with protocol HTTP, or correct the rule's hosts"}
}

// lack says what a server lacks to serve a host, and how near it comes to it: 0
// when it does not have the host at all.
func (in Ingress) lack(host string, s server, servers []server) (near int, g gap) {
	names, elsewhere := in.namesFor(host, s)
	has := slices.ContainsFunc(s.served(in.VirtualService), func(name string) bool { return lane.HostWithin(name, host) || lane.HostWithin(host, name) })
	on := fmt.Sprintf("its server on port %d", s.GetPort().GetNumber())
	switch protocol := s.GetPort().GetProtocol(); {
	case len(names)+len(elsewhere) == 0:
		return 0, gap{}
	case !s.speaksHTTP() && strings.EqualFold(protocol, "HTTPS"):
		return 1, gap{on + " passes TLS on unread (tls.mode " + s.GetTls().GetMode().String() + ")", "let it end TLS (mode SIMPLE), or add the host to a server with protocol HTTP"}
	case !s.speaksHTTP():
		return 1, gap{on + " has protocol " + lane.Brief(protocol), "add the host to a server with protocol HTTP, or HTTPS that ends TLS"}
	case len(names) == 0:
		return 2, gap{on + " has it for VirtualServices of namespace " + namesOf(elsewhere) + " only", "add it there as " + in.VirtualService.Namespace + "/<host>"}
	case s.isDropped():
		return 3, gap{on + " is left out by Istio, since " + s.dropped.why, s.dropped.cure}
	case !has:
		return 3, gap{on + " has it as " + namesOf(names) + ", and Istio compares letter by letter", "write both in the same case"}
	}
	for _, other := range servers {
		if shared, _ := in.namesFor(host, other); other.list() == s.list() && other.redirects() && len(shared) > 0 {
			on = "server " + other.String()
		}
	}
	return 4, gap{on + " only redirects it to HTTPS (tls.httpsRedirect)", "add an HTTPS server that has the host, or take httpsRedirect off"}
}

// namesFor are the names of a server that have to do with a host and are for our
// namespace, and the other namespaces for which it has such names.
func (in Ingress) namesFor(host string, s server) (names, elsewhere []string) {
	for _, written := range s.GetHosts() {
		of, name := s.split(written)
		switch {
		case !lane.HostWithin(name, host) && !lane.HostWithin(host, name):
		case of == "*" || of == in.VirtualService.Namespace:
			names = append(names, name)
		default:
			elsewhere = append(elsewhere, of)
		}
	}
	return names, elsewhere
}
