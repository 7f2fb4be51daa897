package istio

import (
	networkingapi "istio.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// CheckPatches tries a group's patches on policies and routes like those that
// are generated, and returns the first refusal; nil without one. What a patch
// may not set is the same for every lane, so any two lanes will do: the group's
// own need not exist yet.
func (*Provider) CheckPatches(group lane.Group) *lane.Problem {
	for _, service := range group.Services {
		if err := tryPatches(group, service); err != nil {
			return &lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: err.Error()}
		}
	}
	return nil
}

func tryPatches(group lane.Group, service types.NamespacedName) error {
	plan := lane.Plan{
		Group: group.Name, Service: service, RouteHeader: group.RouteHeader, Policy: group.PolicyOf(service),
		Baseline: lane.Member{Lane: "base", Selector: map[string]string{"lane": "base"}},
	}
	gray := lane.Member{Lane: "gray", Selector: map[string]string{"lane": "gray"}}
	for _, policy := range []*networkingapi.TrafficPolicy{
		baselineFirst(plan.Baseline), baselineOnly(), laneFirst(gray, []string{gray.Lane}),
	} {
		if _, err := mergePolicy(plan, policy); err != nil {
			return err
		}
	}
	route := laneRoute(plan, gray.Lane)
	ingress := route.DeepCopy()
	ingress.Headers = stampTag(plan.RouteHeader, gray.Lane)
	for _, r := range []*networkingapi.HTTPRoute{route, ingress} {
		if _, err := mergeRoute(plan.Policy.Route, service, plan.RouteHeader, r); err != nil {
			return err
		}
	}
	return nil
}
