package istio

import (
	networkingapi "istio.io/api/networking/v1alpha3"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// On request (annotation lanekeeper.io/strip-tags) the proxies of a group's Gateway take the
// tag off every request that does not enter by a route of a group. A filter right before the
// router does so, whatever the route: the route was chosen by then, by the client's own tag
// too, and the tags that our routes stamp are set by the router, behind it.
var stripTags = gatewayFilter{
	prefix: "swimlane-strip-tags-",
	wanted: func(plan lane.IngressPlan) bool { return plan.StripTags },
	patch: func(plan lane.IngressPlan) *networkingapi.EnvoyFilter_EnvoyConfigObjectPatch {
		return beforeRouter(networkingapi.EnvoyFilter_GATEWAY, httpFilter("lanekeeper.strip-tags."+plan.Group, map[string]any{
			"@type":     "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
			"mutations": map[string]any{"request_mutations": []any{map[string]any{"remove": plan.RouteHeader}}},
		}))
	},
	does: "takes tags of clients off", stops: "takes no tags off any more", stays: "taking tags off",
	forbidden: func(lane.IngressPlan) string {
		return "annotation " + apiv1.AnnotationStripTags + " has no effect, since the manager may not write EnvoyFilters: give it the right (ClusterRole lanekeeper-envoyfilters), or remove the annotation"
	},
}
