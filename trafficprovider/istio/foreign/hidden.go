package foreign

import (
	"fmt"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// CheckSidecar is about a Sidecar that does not import a Service, or some of its ports: the
// clients that it is for know neither these nor ours. It is nil where it imports all. Most
// clients of a mesh do not call most Services, so it is a note, which says the same of every
// Service with these ports.
func CheckSidecar(s *networkingv1.Sidecar, service types.NamespacedName, ports []int32) *Finding {
	if len(ports) == 0 {
		ports = []int32{0} // of a Service that is not known
	}
	var hidden []string
	for _, port := range ports {
		if len(s.Spec.Egress) > 0 && !imports(s, service, port) {
			hidden = append(hidden, fmt.Sprint(port))
		}
	}
	if len(hidden) == 0 {
		return nil
	}
	clients := "clients in namespace " + s.Namespace
	switch {
	case s.Spec.WorkloadSelector != nil:
		clients += " that its workloadSelector selects"
	case s.Namespace == RootNamespace:
		clients = "clients in namespaces without a Sidecar of their own"
	}
	what := "it"
	if len(hidden) < len(ports) {
		what = "its port " + lane.FirstOf(hidden, 3)
	}
	return &Finding{object: "Sidecar " + nameOf(s), cure: cureHidden(s, hidden),
		effect: "hides " + what + " from " + clients + ", whose calls to it fail or go past our routes"}
}

// HiddenFromAll returns the finding that Sidecars hide a Service from the clients in all of the
// namespaces, as far as no workloadSelector makes exceptions; nil if those in one find some port of it.
// Nobody of a group calls such a Service, unless it is the one that requests enter at.
func HiddenFromAll(sidecars []*networkingv1.Sidecar, service types.NamespacedName, ports []int32, namespaces []string) *Finding {
	var out *Finding
	for _, namespace := range namespaces {
		s := sidecarOf(sidecars, namespace)
		if s == nil || len(s.Spec.Egress) == 0 || slices.ContainsFunc(ports, func(port int32) bool { return imports(s, service, port) }) {
			return nil
		}
		out = &Finding{object: "Sidecar " + nameOf(s), decides: true, cure: cureHidden(s, nil),
			effect: "hides it from all clients in the namespaces of the group's Services, whose calls to it fail or go past our routes"}
	}
	return out
}

// sidecarOf is the one of most clients in a namespace: its own without a workloadSelector, or the
// mesh's; nil without one. Of several Istio takes the oldest.
func sidecarOf(sidecars []*networkingv1.Sidecar, namespace string) *networkingv1.Sidecar {
	for _, of := range []string{namespace, RootNamespace} {
		var first *networkingv1.Sidecar
		for _, s := range sidecars {
			if s.Namespace == of && s.Spec.WorkloadSelector == nil && (first == nil || isOlder(s, first)) {
				first = s
			}
		}
		if first != nil {
			return first
		}
	}
	return nil
}

// cureHidden names the ports where a listener's own port keeps a Service out.
func cureHidden(s *networkingv1.Sidecar, ports []string) string {
	if slices.ContainsFunc(s.Spec.Egress, isForOnePort) {
		return "add it to the hosts of an egress listener without a port, or of one for port " + lane.FirstOf(ports, 3) + ", if they call it"
	}
	return "add it to the hosts of its egress, if they call it"
}

// imports reports whether clients find a port of the Service. Calls to a port are those of the
// listeners for it, where there are some, and else of those for all ports
// (istio.io/istio pilot/pkg/model/sidecar.go, GetEgressListenerForRDS).
func imports(s *networkingv1.Sidecar, service types.NamespacedName, port int32) bool {
	own := func(l *networkingapi.IstioEgressListener) bool {
		return isForOnePort(l) && l.Port.GetNumber() == uint32(port)
	}
	asked := own
	if !slices.ContainsFunc(s.Spec.Egress, own) {
		asked = func(l *networkingapi.IstioEgressListener) bool { return !isForOnePort(l) }
	}
	return slices.ContainsFunc(s.Spec.Egress, func(l *networkingapi.IstioEgressListener) bool {
		return asked(l) && has(l, s.Namespace, service)
	})
}

// isForOnePort reports whether a listener imports one port of each Service. A proxy for HTTP and
// a Unix socket are for all (needsPortMatch).
func isForOnePort(l *networkingapi.IstioEgressListener) bool {
	return l.GetPort().GetNumber() != 0 && !strings.EqualFold(l.Port.Protocol, "HTTP_PROXY")
}

// has reports whether a listener's hosts have the Service. A host is written as "namespace/name",
// with "." for the Sidecar's own namespace and "*" for all; a "~" before the namespace leaves it
// out, and alone means all.
func has(l *networkingapi.IstioEgressListener, own string, service types.NamespacedName) bool {
	in, out := false, false
	for _, written := range l.Hosts {
		namespace, name, _ := strings.Cut(written, "/")
		namespace, excluded := strings.CutPrefix(namespace, "~")
		switch namespace {
		case ".":
			namespace = own
		case "":
			namespace = "*"
		}
		if namespace != "*" && namespace != service.Namespace || !hostname.Within(hostname.Of(service), name) {
			continue
		}
		in, out = in || !excluded, out || excluded
	}
	return in && !out
}
