package foreign

import (
	"fmt"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"lanekeeper.io/trafficprovider/istio/hostname"
)

// server is a Gateway's server as istiod sees it among those of all Gateways of
// one workload.
type server struct {
	*networkingapi.Server
	gateway *networkingv1.Gateway
	// dropped is why istiod leaves it out; empty if it does not.
	dropped gap
}

func (s server) isDropped() bool { return s.dropped != gap{} }

// listener is where the server listens.
func (s server) listener() string { return fmt.Sprintf("%d %s", s.GetPort().GetNumber(), s.GetBind()) }

// list names the list of virtual hosts that the server's are in: there is one for
// all plain servers of a port, whatever Gateways they are of, and one for each
// that ends TLS (gatewayRDSRouteName in pilot/pkg/model/gateway.go).
func (s server) list() string {
	if s.isPlainHTTP() {
		return s.listener()
	}
	return s.listener() + " " + s.GetPort().GetName() + " " + nameOf(s.gateway)
}

// String names the server for people.
func (s server) String() string {
	return fmt.Sprintf("%s (port %d) of Gateway %s", namesOf(s.GetHosts()), s.GetPort().GetNumber(), nameOf(s.gateway))
}

// isPlainHTTP reports whether the server speaks HTTP without TLS.
func (s server) isPlainHTTP() bool {
	switch strings.ToUpper(s.GetPort().GetProtocol()) {
	case "HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTP_PROXY":
		return true
	}
	return false
}

// speaksHTTP reports whether the server reads requests, as those do that end TLS.
// Without a mode, or without tls at all, HTTPS is passed through.
func (s server) speaksHTTP() bool {
	mode := s.GetTls().GetMode()
	return s.isPlainHTTP() || strings.EqualFold(s.GetPort().GetProtocol(), "HTTPS") &&
		mode != networkingapi.ServerTLSSettings_PASSTHROUGH && mode != networkingapi.ServerTLSSettings_AUTO_PASSTHROUGH
}

// redirects reports whether every request is answered with a redirect to HTTPS.
func (s server) redirects() bool { return s.isPlainHTTP() && s.GetTls().GetHttpsRedirect() }

// split divides a host of the server into the namespace whose VirtualServices it
// is for, a star for all, and the name.
func (s server) split(written string) (namespace, name string) {
	namespace, name, scoped := strings.Cut(written, "/")
	switch {
	case !scoped:
		return "*", written
	case namespace == ".":
		return s.gateway.Namespace, name
	}
	return namespace, name
}

// served returns the hosts of a VirtualService that the server has, in lower
// case. Each is a virtual host of its own in Envoy: a request meets the routes of
// the one that is nearest to its host, and no other's.
//
// istiod compares hosts letter by letter, and only then folds the case of what it
// found (buildGatewayHTTPRouteConfig in pilot/pkg/networking/core/gateway.go).
func (s server) served(vs *networkingv1.VirtualService) []string {
	var out []string
	for _, written := range s.GetHosts() {
		of, name := s.split(written)
		if of != "*" && of != vs.Namespace {
			continue
		}
		for _, host := range vs.Spec.Hosts {
			host = hostname.Resolve(host, vs.Namespace)
			if hostname.Within(host, name) {
				out = append(out, strings.ToLower(host))
			} else if hostname.Within(name, host) {
				out = append(out, strings.ToLower(name))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
