package foreign

import (
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/trafficprovider/istio/hostname"
)

const cureRoutes = "move what it sets into the group's httpRoutePatch and delete it, or take the service out of the group"

// CheckRoutes compares a mesh VirtualService of somebody else with ours for a
// Service; nil when neither does anything to the other. ours is nil if there is
// none yet; chain is where the group's requests come from.
//
// A sidecar takes one VirtualService for a host and drops the others: an exact
// host before a wildcard; then one that not everybody sees before one that
// everybody does, as ours; then the older.
//
// Wildcards of a namespace that is not of the group have no claim to its Services, and
// what only clients outside of the group see is theirs to decide.
func CheckRoutes(foreign, ours *networkingv1.VirtualService, service types.NamespacedName, chain Chain) *Finding {
	host := hostname.Of(service)
	i := slices.IndexFunc(foreign.Spec.Hosts, func(h string) bool { return hostname.Within(host, hostname.Intended(h, foreign.Namespace)) })
	if !inMesh(foreign) || i < 0 {
		return nil
	}
	for j, h := range foreign.Spec.Hosts { // the exact one counts
		if hostname.Intended(h, foreign.Namespace) == host {
			i = j
		}
	}
	sees := audienceOf(foreign.Spec.ExportTo, foreign.Namespace)
	f := &Finding{object: describe("VirtualService", foreign, foreign.Spec.Hosts[i]), cure: cureRoutes, blocks: true}
	switch {
	case sees.nobody():
		return nil
	case hostname.IsWildcard(foreign.Spec.Hosts[i]):
		f.blocks = chain.has(foreign.Namespace)
		f.effect = "gives way to ours, which is for the exact host: its routes do not hold for the service"
	case !sees.everybody:
		f.blocks, f.decides = sees.has(service.Namespace), chain.sees(sees)
		f.effect = "holds instead of ours for clients in namespace " + namesOf(sees.namespaces) + ": they do not follow lanes to the service"
	case ours == nil:
		f.decides = true
		f.effect = "routes the host already, and of two Istio obeys only the older: lanes would have no effect"
	case isOlder(foreign, ours):
		f.decides = true
		f.effect = "is older than ours, and of two Istio obeys only the older: lanes have no effect on requests to the service"
	default:
		f.effect = "has no effect: ours is older, and of two Istio obeys only the older"
	}
	return f
}
