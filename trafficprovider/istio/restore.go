package istio

import (
	"context"
	"encoding/base64"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/structpb"
	networkingapi "istio.io/api/networking/v1alpha3"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio/foreign"
	"lanekeeper.io/trafficprovider/istio/traceplugin"
)

// Tags are restored from trace ids by a filter in the sidecars (traceplugin), one object for each
// namespace with Services of the group. The module is in the object itself: nothing has to be
// fetched, so nothing can be away. A new filter changes the listeners, which cuts requests that
// are open for more than 45 s, so it stays until the group goes; a change of what is in it does not.

const tracePrefix = "swimlane-trace-"

func traceName(group, namespace string) types.NamespacedName {
	return types.NamespacedName{Namespace: namespace, Name: tracePrefix + group}
}

// traceLabels are those of no Service and no ingress.
func traceLabels(group string) map[string]string {
	labels := ingressLabels(group)
	delete(labels, apiv1.LabelEntry)
	return labels
}

// isTraceFilterOf reports whether an object has the name and labels of a group's filter for ids.
func isTraceFilterOf(obj client.Object, group string) bool {
	_, ok := obj.(*v1alpha3.EnvoyFilter)
	labels := obj.GetLabels()
	return ok && nameOf(obj) == traceName(group, obj.GetNamespace()) && labels[apiv1.LabelManagedBy] == apiv1.ManagedBy &&
		labels[apiv1.LabelGroup] == group && labels[apiv1.LabelEntry] == ""
}

// readTraceFilters reads those in the namespaces of the group, and whom a name of ours is taken by.
func (p *Provider) readTraceFilters(ctx context.Context, r client.Reader, group string, l *liveIngress) error {
	if p.cache != nil { // as getFilter
		r = p.cache
	}
	l.traces, l.tracesTaken = map[string]*v1alpha3.EnvoyFilter{}, map[string]*lane.Problem{}
	namespaces, err := trafficprovider.NamespacesOf(ctx, r, group)
	if err != nil {
		return err
	}
	if namespaces.Anywhere {
		return p.listTraceFilters(ctx, r, group, l)
	}
	for _, namespace := range namespaces.Services {
		found, taken, err := p.getFilter(ctx, r, traceName(group, namespace), func(obj client.Object) bool { return isTraceFilterOf(obj, group) })
		switch {
		case err != nil:
			return err
		case found != nil:
			l.traces[namespace] = found
		}
		l.tracesTaken[namespace] = taken
	}
	return nil
}

// listTraceFilters finds those of a group that is gone.
func (p *Provider) listTraceFilters(ctx context.Context, r client.Reader, group string, l *liveIngress) error {
	list := &v1alpha3.EnvoyFilterList{}
	err := r.List(ctx, list, client.MatchingLabels{apiv1.LabelManagedBy: apiv1.ManagedBy, apiv1.LabelGroup: group})
	if err != nil && !meta.IsNoMatchError(err) {
		return fmt.Errorf("list EnvoyFilters: %w", err)
	}
	for _, found := range list.Items {
		if isTraceFilterOf(found, group) && found.DeletionTimestamp.IsZero() {
			l.traces[found.Namespace] = found
		}
	}
	return nil
}

// restore appends the writes that make the filters what the plan says.
func (p *Provider) restore(step *trafficprovider.Step, plan lane.IngressPlan, l *liveIngress) {
	if plan.Restoring == nil {
		return
	}
	before := len(step.Writes)
	forbidden := fmt.Sprintf("no tag is restored from header %s, since the manager may not write EnvoyFilters: give it the right (ClusterRole lanekeeper-envoyfilters), or let the applications pass on header %s", plan.Trace, plan.RouteHeader)
	for _, namespace := range plan.Restoring.Namespaces {
		switch {
		case namespace == foreign.RootNamespace:
			step.Notes = append(step.Notes, lane.Problem{Reason: apiv1.ReasonPartiallySupported, Message: fmt.Sprintf(
				"no tag is restored from header %s in namespace %s, where a filter would be in every proxy of the mesh: let the applications there pass on header %s", plan.Trace, namespace, plan.RouteHeader)})
		case l.tracesTaken[namespace] != nil:
			step.Add(l.tracesTaken[namespace])
		default:
			old := l.traces[namespace]
			step.Writes = p.put(step.Writes, orNil(old), traceFilter(plan, namespace, old), "group "+plan.Group+" restores tags from header "+plan.Trace, trafficprovider.Repair)
		}
	}
	if plan.Restoring.Gone {
		forbidden = "the EnvoyFilters " + tracePrefix + plan.Group + " stay, since the manager may not delete them: delete them"
		for _, namespace := range slices.Sorted(maps.Keys(l.traces)) {
			step.Writes = remove(step.Writes, l.traces[namespace], "group "+plan.Group+" is gone")
		}
	}
	unlessForbidden(step.Writes[before:], forbidden, false)
}

// traceFilter is the filter in the sidecars of a namespace, for each way the module as a
// configuration of its own, and a place for it before the router of every listener.
func traceFilter(plan lane.IngressPlan, namespace string, old *v1alpha3.EnvoyFilter) *v1alpha3.EnvoyFilter {
	out := emptyFilter(traceName(plan.Group, namespace), traceLabels(plan.Group), old)
	for _, way := range []struct {
		name traceplugin.Way
		of   networkingapi.EnvoyFilter_PatchContext
	}{
		{traceplugin.In, networkingapi.EnvoyFilter_SIDECAR_INBOUND},
		{traceplugin.Out, networkingapi.EnvoyFilter_SIDECAR_OUTBOUND},
	} {
		filter := traceMachine + "." + string(way.name) + "." + plan.Group
		out.Spec.ConfigPatches = append(out.Spec.ConfigPatches,
			&networkingapi.EnvoyFilter_EnvoyConfigObjectPatch{ApplyTo: networkingapi.EnvoyFilter_EXTENSION_CONFIG, Patch: &networkingapi.EnvoyFilter_Patch{
				Operation: networkingapi.EnvoyFilter_Patch_ADD, Value: structOf(map[string]any{"name": filter, "typed_config": traceModule(plan, way.name)})}},
			beforeRouter(way.of, discovered(filter)))
	}
	return out
}

// traceMachine is the one that the filters of all groups share in a proxy.
const traceMachine = "lanekeeper.trace"

const wasmType = "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm"

// traceModule is the filter's configuration, with the module in it. A module that trapped is loaded
// anew: without it every lane would go astray.
func traceModule(plan lane.IngressPlan, way traceplugin.Way) map[string]any {
	code := base64.StdEncoding.EncodeToString(traceplugin.Module)
	return map[string]any{"@type": wasmType, "config": map[string]any{
		"name": traceMachine, "root_id": traceplugin.RootID(way, plan.Trace, plan.RouteHeader, plan.Baseline), "failure_policy": "FAIL_RELOAD",
		"vm_config": map[string]any{"vm_id": traceMachine, "runtime": "envoy.wasm.runtime.v8",
			"code": map[string]any{"local": map[string]any{"inline_bytes": code}}},
	}}
}

// discovered is a filter whose configuration comes by its name, and may change without the listener.
func discovered(name string) *structpb.Struct {
	return structOf(map[string]any{"name": name, "config_discovery": map[string]any{
		"config_source": map[string]any{"ads": map[string]any{}, "initial_fetch_timeout": "0s", "resource_api_version": "V3"},
		"type_urls":     []any{wasmType},
	}})
}
