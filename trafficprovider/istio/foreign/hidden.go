package foreign

import (
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/trafficprovider/istio/hostname"
)

const cureHidden = "add it to the hosts of its egress, if they call it"

// CheckSidecar is about a Sidecar that does not import a Service: the clients that it is for
// know neither the Service nor ours. It is nil where it imports it. Most clients of a mesh do
// not call most Services, so it is a note, which says the same of every Service.
func CheckSidecar(s *networkingv1.Sidecar, service types.NamespacedName) *Finding {
	if len(s.Spec.Egress) == 0 || imports(s, service) {
		return nil
	}
	clients := "clients in namespace " + s.Namespace
	switch {
	case s.Spec.WorkloadSelector != nil:
		clients += " that its workloadSelector selects"
	case s.Namespace == RootNamespace:
		clients = "clients in namespaces without a Sidecar of their own"
	}
	return &Finding{object: "Sidecar " + nameOf(s), cure: cureHidden,
		effect: "hides it from " + clients + ", whose calls to it fail or go past our routes"}
}

// imports reports whether some egress listener has the Service. A host is written as
// "namespace/name", with "." for the Sidecar's own namespace, "*" for all and "~" for none;
// a "~" before the name leaves it out (istio.io/istio pilot/pkg/model/sidecar.go).
func imports(s *networkingv1.Sidecar, service types.NamespacedName) bool {
	for _, listener := range s.Spec.Egress {
		in, out := false, false
		for _, written := range listener.Hosts {
			namespace, name, _ := strings.Cut(written, "/")
			if namespace == "." {
				namespace = s.Namespace
			}
			if namespace != "*" && namespace != service.Namespace {
				continue
			}
			name, excluded := strings.CutPrefix(name, "~")
			covers := hostname.Within(hostname.Of(service), name)
			in, out = in || covers && !excluded, out || covers && excluded
		}
		if in && !out {
			return true
		}
	}
	return false
}
