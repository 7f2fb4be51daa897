package istio

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Istio reads a port's protocol from its appProtocol, else from its name up to the first
// hyphen, and finds it out by itself where these say nothing that it knows
// (pkg/config/kube.ConvertProtocol, pkg/config/protocol.Parse). Only requests that it
// reads as HTTP are routed.

// opaqueProtocols are those that Istio knows and does not read as HTTP.
var opaqueProtocols = []string{"tcp", "udp", "https", "tls", "mongo", "redis", "mysql"}

// serverFirst are the well-known ports whose servers speak first, so that Istio does not
// look for HTTP unless it is told to: SMTP, DNS, MySQL, MongoDB.
var serverFirst = []int32{25, 53, 3306, 27017}

// opaqueProtocol is the protocol of a port whose requests Istio does not route, as it is
// written; empty for one whose requests it does.
func opaqueProtocol(p corev1.ServicePort) string {
	if !connects(p) {
		return string(p.Protocol)
	}
	written, field := p.Name, "name "
	if p.AppProtocol != nil {
		written, field = *p.AppProtocol, "appProtocol "
	}
	switch written {
	case "kubernetes.io/h2c", "kubernetes.io/ws":
		return ""
	case "kubernetes.io/wss":
		return field + written
	}
	word, _, _ := strings.Cut(strings.ToLower(written), "-")
	switch {
	case slices.Contains(opaqueProtocols, word):
		return field + written
	case slices.Contains([]string{"http", "http2", "grpc"}, word): // and grpc-web, http-proxy
		return ""
	case slices.Contains(serverFirst, p.Port):
		return "a port whose servers speak first"
	}
	return ""
}

// connects reports whether a port takes connections, and is no UDP's.
func connects(p corev1.ServicePort) bool { return p.Protocol == "" || p.Protocol == corev1.ProtocolTCP }
