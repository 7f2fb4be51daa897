package istio

import (
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
)

const cureRoutes = "move what it sets into the group's httpRoutePatch and delete it, or take the service out of the group"

// judgeRoutes says what a mesh VirtualService of somebody else and ours do to
// each other; nil when nothing. ours may not exist yet.
//
// A sidecar takes one VirtualService for a host and drops the others: an exact
// host before a wildcard; then one that not everybody sees before one that
// everybody does, as ours; then the older.
func judgeRoutes(theirs, ours *networkingv1.VirtualService, service types.NamespacedName) *finding {
	host := hostOf(service)
	i := slices.IndexFunc(theirs.Spec.Hosts, func(h string) bool { return lane.HostWithin(host, meantHost(h, theirs.Namespace)) })
	if !inMesh(theirs) || i < 0 {
		return nil
	}
	for j, h := range theirs.Spec.Hosts { // the exact one counts
		if strings.EqualFold(meantHost(h, theirs.Namespace), host) {
			i = j
		}
	}
	sees := audienceOf(theirs.Spec.ExportTo, theirs.Namespace)
	f := &finding{object: describe(theirs, theirs.Spec.Hosts[i]), cure: cureRoutes, blocks: true}
	switch {
	case sees.nobody():
		return nil
	case isWild(theirs.Spec.Hosts[i]):
		f.effect = "gives way to ours, which is for the exact host: its routes do not hold for the service"
	case !sees.everybody:
		f.blocks, f.decides = sees.has(service.Namespace), true
		f.effect = "holds instead of ours for clients in namespace " + strings.Join(sees.namespaces, ", ") + ": they do not follow lanes to the service"
	case ours == nil:
		f.decides = true
		f.effect = "routes the host already, and of two Istio obeys only the older: lanes would have no effect"
	case isOlder(theirs, ours):
		f.decides = true
		f.effect = "is older than ours, and of two Istio obeys only the older: lanes have no effect on requests to the service"
	default:
		f.effect = "has no effect: ours is older, and of two Istio obeys only the older"
	}
	return f
}

func inMesh(vs *networkingv1.VirtualService) bool {
	return len(vs.Spec.Gateways) == 0 || slices.Contains(vs.Spec.Gateways, "mesh")
}
