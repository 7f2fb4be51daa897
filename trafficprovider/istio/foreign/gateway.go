package foreign

import (
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"

	"lanekeeper.io/lane"
)

func speaksHTTP(server *networkingapi.Server) bool {
	switch strings.ToUpper(server.GetPort().GetProtocol()) {
	case "HTTP", "HTTP2", "GRPC", "GRPC-WEB":
		return true
	case "HTTPS":
		mode := server.GetTls().GetMode()
		return mode != networkingapi.ServerTLSSettings_PASSTHROUGH && mode != networkingapi.ServerTLSSettings_AUTO_PASSTHROUGH
	}
	return false
}

// served returns the hosts of a VirtualService that a Gateway's server has. Each
// is a virtual host of its own in Envoy: a request meets the routes of the one
// that is nearest to its host, and no other's.
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
