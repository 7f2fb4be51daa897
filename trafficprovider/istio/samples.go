package istio

import (
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// Samples returns a DestinationRule and a VirtualService for the distinct patches of the
// group. Those that cannot be merged are left out (CheckPatches).
func (*Provider) Samples(group lane.Group) []trafficprovider.Sample {
	var out []trafficprovider.Sample
	sampled := map[string]bool{}
	isNew := func(field lane.Patch, patch []byte) bool {
		key := string(field) + string(patch)
		had := sampled[key]
		sampled[key] = true
		return len(patch) > 0 && !had
	}
	for _, service := range group.Services {
		plan := samplePlan(group, service)
		if isNew(lane.TrafficPatch, plan.Policy.Traffic) {
			if rule, err := sampleRule(plan); err == nil {
				out = append(out, trafficprovider.Sample{Object: rule, Patch: plan.Policy.PatchName(lane.TrafficPatch, service)})
			}
		}
		if isNew(lane.RoutePatch, plan.Policy.Route) {
			if routes, err := sampleRoutes(plan); err == nil {
				out = append(out, trafficprovider.Sample{Object: routes, Patch: plan.Policy.PatchName(lane.RoutePatch, service)})
			}
		}
	}
	return out
}

// samplePlan is the plan of a Service that is in one gray lane. What is generated is the
// same for every lane, so any two will do: the group's own need not exist yet.
func samplePlan(group lane.Group, service types.NamespacedName) lane.Plan {
	return lane.Plan{
		Group: group.Name, Mode: group.Mode, Service: service, Tag: group.Tag, Policy: group.PolicyOf(service),
		Baseline: lane.Member{Lane: "base", Selector: map[string]string{"lane": "base"}},
		Gray:     []lane.Member{{Lane: "gray", Selector: map[string]string{"lane": "gray"}}}, GrayLanes: []string{"gray"},
	}
}

// sampled is that plan in force.
func sampled() transition {
	routed := map[string]lane.Subset{"base": {Defined: true, Routed: true}, "gray": {Defined: true, Routed: true}}
	return transition{was: routed, is: routed, serving: "base"}
}

const sampleName = "lanekeeper-dry-run-"

func sampleRule(plan lane.Plan) (*networkingv1.DestinationRule, error) {
	out, _, err := rule(plan, &live{service: plan.Service}, sampled(), time.Time{})
	if err != nil {
		return nil, err
	}
	out.Name, out.GenerateName = "", sampleName
	return out, nil
}

func sampleRoutes(plan lane.Plan) (*networkingv1.VirtualService, error) {
	out, err := meshRoutes(plan, &live{service: plan.Service}, sampled())
	if err != nil {
		return nil, err
	}
	out.Name, out.GenerateName = "", sampleName
	return out, nil
}

// IngressSample is the VirtualService of the plan's routes, once all their subsets may be
// named.
func (*Provider) IngressSample(plan lane.IngressPlan) (client.Object, error) {
	var routes []resolvedRoute
	for _, r := range plan.Routes {
		resolved := resolvedRoute{IngressRoute: r}
		for _, d := range r.Destinations {
			resolved.subsets = append(resolved.subsets, d.Lane)
		}
		routes = append(routes, resolved)
	}
	out, err := ingressRoutes(plan, routes, types.NamespacedName{Namespace: plan.Gateway.Namespace}, nil)
	if err != nil {
		return nil, err
	}
	out.GenerateName = sampleName
	return out, nil
}
