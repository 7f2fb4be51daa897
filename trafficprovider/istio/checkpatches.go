package istio

import (
	"k8s.io/apimachinery/pkg/types"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// CheckPatches tries a group's patches on what is generated for a Service, and returns the
// first refusal; nil without one.
func (*Provider) CheckPatches(group lane.Group) *lane.Problem {
	for _, service := range group.Services {
		if err := tryPatches(group, service); err != nil {
			return &lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: err.Error()}
		}
	}
	return nil
}

func tryPatches(group lane.Group, service types.NamespacedName) error {
	plan := samplePlan(group, service)
	if _, err := sampleRule(plan); err != nil {
		return err
	}
	if _, err := sampleRoutes(plan); err != nil {
		return err
	}
	ways := entryWays(plan.Tag, lane.RequestMatch{})
	ingress := laneRoute(plan, "gray")
	ingress.Headers = stampTag(plan.Tag, "gray", ways[len(ways)-1])
	_, err := mergeRoute(plan.Policy, service, plan.OwnHeaders(), ingress)
	return err
}
