package istio

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/structpb"
	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// On request (annotation lanekeeper.io/strip-tags) the proxies of a group's Gateway take the
// tag off every request that does not enter by a route of a group. A filter right before the
// router does so, whatever the route: the route was chosen by then, by the client's own tag
// too, and the tags that our routes stamp are set by the router, behind it.
//
// The filter is in Istio's root namespace, where it holds for the Gateway's pods wherever
// they run. Connections that are open keep the old filters until they are drained.

// +kubebuilder:rbac:groups=networking.istio.io,resources=envoyfilters,verbs=get;list;watch

func filterName(group string) types.NamespacedName {
	return types.NamespacedName{Namespace: foreign.RootNamespace, Name: filterPrefix + group}
}

// readFilter reads the group's filter, and tells whether somebody else has its name. No route
// depends on it, so the cache will do: a write of a stale one fails.
func (p *Provider) readFilter(ctx context.Context, r client.Reader, group string, l *liveIngress) error {
	if p.cache != nil {
		r = p.cache
	}
	found := &v1alpha3.EnvoyFilter{}
	switch err := r.Get(ctx, filterName(group), found); {
	case apierrors.IsNotFound(err), meta.IsNoMatchError(err):
	case err != nil:
		return fmt.Errorf("get EnvoyFilter %s: %w", filterName(group), err)
	case isFilterOf(found, group):
		l.filter = found
	default:
		l.filterTaken = trafficprovider.Taken("EnvoyFilter", found, trafficprovider.Owner{})
	}
	return nil
}

// isFilterOf reports whether an object is the filter of a group. Whoever may write into the
// root namespace may do worse than imitate one.
func isFilterOf(obj client.Object, group string) bool {
	_, ok := obj.(*v1alpha3.EnvoyFilter)
	labels := obj.GetLabels()
	return ok && nameOf(obj) == filterName(group) && labels[apiv1.LabelManagedBy] == apiv1.ManagedBy && labels[apiv1.LabelGroup] == group
}

// strip appends the write that makes the filter what the plan says.
func (p *Provider) strip(step *trafficprovider.Step, plan lane.IngressPlan, l *liveIngress) {
	before := len(step.Writes)
	forbidden := "annotation " + apiv1.AnnotationStripTags + " has no effect, since the manager may not write EnvoyFilters: give it the right (ClusterRole lanekeeper-envoyfilters), or remove the annotation"
	switch wanted := plan.State == lane.StateManaged && plan.StripTags && plan.RouteHeader != "" && l.gateway != nil; {
	case !wanted && l.filter != nil:
		forbidden = "EnvoyFilter " + nameOf(l.filter).String() + " goes on taking tags off, since the manager may not delete it: delete it"
		step.Writes = remove(step.Writes, l.filter, "group "+plan.Group+" takes no tags off any more")
	case wanted && l.filterTaken != nil:
		step.Add(l.filterTaken)
	case wanted:
		step.Writes = p.put(step.Writes, orNil(l.filter), filterOf(plan, l.gateway, l.filter), "group "+plan.Group+" takes tags of clients off", trafficprovider.Repair)
	}
	for i := range step.Writes[before:] {
		step.Writes[before+i].Forbidden = &lane.Problem{Reason: apiv1.ReasonPartiallySupported, Message: forbidden}
	}
}

// strips reports whether the filter is in place.
func (l *liveIngress) strips(plan lane.IngressPlan) bool { return plan.StripTags && l.filter != nil }

// filterOf is the filter on the proxies of a Gateway.
func filterOf(plan lane.IngressPlan, gateway *networkingv1.Gateway, old *v1alpha3.EnvoyFilter) *v1alpha3.EnvoyFilter {
	out := emptyFilter(filterName(plan.Group), ingressLabels(plan.Group), old)
	out.Spec.WorkloadSelector = &networkingapi.WorkloadSelector{Labels: gateway.Spec.Selector}
	out.Spec.ConfigPatches = []*networkingapi.EnvoyFilter_EnvoyConfigObjectPatch{beforeRouter(networkingapi.EnvoyFilter_GATEWAY, removing(plan))}
	return out
}

// removing is the configuration of the HTTP filter.
func removing(plan lane.IngressPlan) *structpb.Struct {
	return structOf(map[string]any{
		"name": "lanekeeper.strip-tags." + plan.Group,
		"typed_config": map[string]any{
			"@type":     "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
			"mutations": map[string]any{"request_mutations": []any{map[string]any{"remove": plan.RouteHeader}}},
		},
	})
}
