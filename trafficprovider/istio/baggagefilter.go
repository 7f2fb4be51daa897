package istio

import (
	_ "embed"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"

	"lanekeeper.io/lane"
)

// In groups whose tag is in baggage the proxies of the Gateway take our member out of every client's
// baggage before a route is chosen, and leave the rest as it is: whatever comes by a route of ours keeps
// its own members, and by any other route no tag comes in. Without the filter baggage.go does what routes can.
var exactBaggage = gatewayFilter{
	prefix: "swimlane-baggage-",
	wanted: func(plan lane.IngressPlan) bool { return plan.Baggage },
	patch: func(plan lane.IngressPlan) *networkingapi.EnvoyFilter_EnvoyConfigObjectPatch {
		return firstOfAll(networkingapi.EnvoyFilter_GATEWAY, httpFilter("lanekeeper.baggage."+plan.Group, map[string]any{
			"@type":               "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
			"default_source_code": map[string]any{"inline_string": baggageScript(plan.RouteHeader)},
		}))
	},
	optional: true,
	does:     "takes its member out of clients' baggage", stops: "has no tag in baggage any more", stays: "taking its member out of clients' baggage",
	forbidden: func(plan lane.IngressPlan) string {
		return "baggage of clients that may have a member " + plan.RouteHeader + " is replaced as a whole, and only the first of several lines is kept, since the manager may not write EnvoyFilters: give it the right (ClusterRole lanekeeper-envoyfilters)"
	},
}

//go:embed baggage.lua
var baggageLua string

// baggageScript is the script for the member of that name, which is a header's: it has no quotes.
func baggageScript(member string) string {
	return strings.ReplaceAll(baggageLua, "MEMBER", member)
}
