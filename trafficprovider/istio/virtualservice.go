package istio

import (
	"slices"

	"google.golang.org/protobuf/proto"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

// meshRoutes is the mesh VirtualService of a step: the tag of every lane that may be
// named, the baseline included, and the last route for everybody else. Lanes
// that are absent need no route: the last one takes their tag to the baseline.
func meshRoutes(plan lane.Plan, l *live, t transition) (*networkingv1.VirtualService, error) {
	vs := emptyRoutes(routesName(plan.Group, plan.Service), serviceLabels(plan.Group, plan.Service), l.routes)
	vs.Spec.Hosts = []string{hostname.Of(plan.Service)}
	vs.Spec.ExportTo = everyNamespace()
	tagged := slices.DeleteFunc(lanesOf(plan), func(name string) bool { return name == plan.Baseline.Lane })
	for _, name := range append(tagged, plan.Baseline.Lane) {
		if !t.is[name].Routed || !t.is[name].Defined {
			continue
		}
		if plan.Mode == lane.Strict && name == plan.Baseline.Lane {
			continue // its callers meet what everybody else does
		}
		if err := appendRoute(vs, plan, laneRoute(plan, name), name != plan.Baseline.Lane); err != nil {
			return nil, err
		}
	}
	return vs, appendRoute(vs, plan, meshRoute(plan, t.serving+"/default", t.serving), false)
}

func appendRoute(vs *networkingv1.VirtualService, plan lane.Plan, route *networkingapi.HTTPRoute, gray bool) error {
	merged, err := mergeRoute(plan.Policy, plan.Service, plan.OwnHeaders(), route)
	if err != nil {
		return err
	}
	vs.Spec.Http = append(vs.Spec.Http, withRetries(merged, gray && plan.Mode != lane.Strict)...)
	return nil
}

// laneRoute takes the requests of a lane to the lane's subset: those that carry its tag, or in a
// strict group those that its pods send. Its pods are told by their labels and not by their marker,
// too: a proxy may learn late of a label that its pod gets while it runs.
func laneRoute(plan lane.Plan, name string) *networkingapi.HTTPRoute {
	route := meshRoute(plan, name, name)
	route.Match = tagMatches(plan.Tag, name)
	if plan.Mode == lane.Strict {
		m, _ := lane.MemberOf(besides(plan), name)
		route.Match = callers(plan, m.Selector)
	}
	return route
}

// callers match what pods with the labels send. Where the group has no Service, others' pods
// may have the same labels.
func callers(plan lane.Plan, labels map[string]string) []*networkingapi.HTTPMatchRequest {
	namespaces := append(slices.Clone(plan.Callers), plan.Service.Namespace)
	slices.Sort(namespaces)
	var out []*networkingapi.HTTPMatchRequest
	for _, namespace := range slices.Compact(namespaces) {
		out = append(out, &networkingapi.HTTPMatchRequest{SourceLabels: labels, SourceNamespace: namespace})
	}
	return out
}

func meshRoute(plan lane.Plan, name, subset string) *networkingapi.HTTPRoute {
	return &networkingapi.HTTPRoute{
		Name: name,
		Route: []*networkingapi.HTTPRouteDestination{{
			Destination: &networkingapi.Destination{Host: hostname.Of(plan.Service), Subset: subset},
		}},
	}
}

// emptyRoutes is the VirtualService as it is, but for its spec, or a new one.
func emptyRoutes(name types.NamespacedName, labels map[string]string, old *networkingv1.VirtualService) *networkingv1.VirtualService {
	if old == nil {
		return &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name, Labels: labels}}
	}
	vs := old.DeepCopy()
	proto.Reset(&vs.Spec)
	vs.Labels = replaceOurs(vs.Labels, labels)
	return vs
}

func exactly(value string) *networkingapi.StringMatch {
	return &networkingapi.StringMatch{MatchType: &networkingapi.StringMatch_Exact{Exact: value}}
}
