package istio

import (
	"context"
	"slices"
	"strings"

	"google.golang.org/protobuf/types/known/structpb"
	networkingapi "istio.io/api/networking/v1alpha3"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/foreign"
)

// What routes cannot do to clients' requests, filters in the proxies of a group's Gateway do. They are
// in Istio's root namespace, where they hold for the Gateway's pods wherever these run. Connections that
// are open keep the old filters until they are drained.

// +kubebuilder:rbac:groups=networking.istio.io,resources=envoyfilters,verbs=get;list;watch

// gatewayFilter is one of them.
type gatewayFilter struct {
	// prefix begins the object's name, which ends with the group's.
	prefix string
	// wanted reports whether a group that has an entry needs it.
	wanted func(plan lane.IngressPlan) bool
	// patch is what it does to the listeners.
	patch func(plan lane.IngressPlan) *networkingapi.EnvoyFilter_EnvoyConfigObjectPatch
	// does completes "group X …" with what it is written for, stops with why it goes.
	does, stops string
	// optional is set when routes do a part of it themselves.
	optional bool
	// forbidden is what to say where the manager may not write it, stays where it may not delete it.
	forbidden func(plan lane.IngressPlan) string
	stays     string
}

var gatewayFilters = []gatewayFilter{stripTags, exactBaggage}

func (f gatewayFilter) name(group string) types.NamespacedName {
	return types.NamespacedName{Namespace: foreign.RootNamespace, Name: f.prefix + group}
}

// is reports whether an object is the filter of a group. Whoever may write into the root namespace
// may do worse than imitate one.
func (f gatewayFilter) is(obj client.Object, group string) bool {
	_, ok := obj.(*v1alpha3.EnvoyFilter)
	labels := obj.GetLabels()
	return ok && nameOf(obj) == f.name(group) && labels[apiv1.LabelManagedBy] == apiv1.ManagedBy && labels[apiv1.LabelGroup] == group
}

// isGatewayFilterOf reports whether an object is one of a group's.
func isGatewayFilterOf(obj client.Object, group string) bool {
	return slices.ContainsFunc(gatewayFilters, func(f gatewayFilter) bool { return f.is(obj, group) })
}

// groupOfFilter is the group that an object of such a name would be for.
func groupOfFilter(name string) string {
	for _, f := range gatewayFilters {
		name = strings.TrimPrefix(name, f.prefix)
	}
	return strings.TrimPrefix(name, tracePrefix)
}

// readGatewayFilters reads the group's filters, and tells whether somebody else has their names.
func (p *Provider) readGatewayFilters(ctx context.Context, r client.Reader, group string, l *liveIngress) error {
	l.filters, l.filtersTaken = map[string]*v1alpha3.EnvoyFilter{}, map[string]*lane.Problem{}
	for _, f := range gatewayFilters {
		found, taken, err := p.getFilter(ctx, r, f.name(group), func(obj client.Object) bool { return f.is(obj, group) })
		switch {
		case err != nil:
			return err
		case found != nil:
			l.filters[f.prefix] = found
		}
		l.filtersTaken[f.prefix] = taken
	}
	return nil
}

// has reports whether a filter is in place.
func (l *liveIngress) has(f gatewayFilter) bool { return l.filters[f.prefix] != nil }

// filter appends the writes that make the filters what the plan says.
func (p *Provider) filter(step *trafficprovider.Step, plan lane.IngressPlan, l *liveIngress) {
	for _, f := range gatewayFilters {
		before, forbidden := len(step.Writes), f.forbidden(plan)
		old, taken := l.filters[f.prefix], l.filtersTaken[f.prefix]
		switch wanted := plan.State == lane.StateManaged && plan.RouteHeader != "" && f.wanted(plan) && l.gateway != nil; {
		case !wanted && old != nil:
			forbidden = "EnvoyFilter " + nameOf(old).String() + " goes on " + f.stays + ", since the manager may not delete it: delete it"
			step.Writes = remove(step.Writes, old, "group "+plan.Group+" "+f.stops)
		case wanted && taken != nil:
			step.Add(taken)
		case wanted:
			step.Writes = p.put(step.Writes, orNil(old), f.of(plan, l, old), "group "+plan.Group+" "+f.does, trafficprovider.Repair)
		}
		unlessForbidden(step.Writes[before:], forbidden, f.optional)
	}
}

// of is the filter on the proxies of the Gateway.
func (f gatewayFilter) of(plan lane.IngressPlan, l *liveIngress, old *v1alpha3.EnvoyFilter) *v1alpha3.EnvoyFilter {
	out := emptyFilter(f.name(plan.Group), ingressLabels(plan.Group), old)
	out.Spec.WorkloadSelector = &networkingapi.WorkloadSelector{Labels: l.gateway.Spec.Selector}
	out.Spec.ConfigPatches = []*networkingapi.EnvoyFilter_EnvoyConfigObjectPatch{f.patch(plan)}
	return out
}

// httpFilter is the configuration of an HTTP filter of Envoy's.
func httpFilter(name string, config map[string]any) *structpb.Struct {
	return structOf(map[string]any{"name": name, "typed_config": config})
}
