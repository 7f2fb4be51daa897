package istio

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
	networkingapi "istio.io/api/networking/v1alpha3"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// emptyFilter is the object as it is, but for its spec, or a new one.
func emptyFilter(name types.NamespacedName, labels map[string]string, old *v1alpha3.EnvoyFilter) *v1alpha3.EnvoyFilter {
	out := &v1alpha3.EnvoyFilter{ObjectMeta: metav1.ObjectMeta{Namespace: name.Namespace, Name: name.Name}}
	if old != nil {
		out = old.DeepCopy()
		proto.Reset(&out.Spec)
	}
	out.Labels = replaceOurs(out.Labels, labels)
	return out
}

// getFilter reads a filter; nil when there is none. taken says that the object of that name is
// somebody else's. No route depends on filters, so the cache will do: a write of a stale one fails.
func (p *Provider) getFilter(ctx context.Context, r client.Reader, name types.NamespacedName, isOurs func(client.Object) bool) (found *v1alpha3.EnvoyFilter, taken *lane.Problem, err error) {
	if p.cache != nil {
		r = p.cache
	}
	found = &v1alpha3.EnvoyFilter{}
	switch err := r.Get(ctx, name, found); {
	case apierrors.IsNotFound(err), meta.IsNoMatchError(err):
		return nil, nil, nil
	case err != nil:
		return nil, nil, fmt.Errorf("get EnvoyFilter %s: %w", name, err)
	case isOurs(found):
		return found, nil, nil
	}
	return nil, trafficprovider.Taken("EnvoyFilter", found, trafficprovider.Owner{}), nil
}

// unlessForbidden lets everything else go on where the manager may not make these writes, which an
// overlay can take away from it.
func unlessForbidden(writes []trafficprovider.Write, message string, optional bool) {
	for i := range writes {
		writes[i].Optional = optional
		writes[i].Forbidden = &lane.Problem{Reason: apiv1.ReasonPartiallySupported, Message: message}
	}
}

// beforeRouter puts an HTTP filter right before the router of all listeners of a context.
func beforeRouter(context networkingapi.EnvoyFilter_PatchContext, filter *structpb.Struct) *networkingapi.EnvoyFilter_EnvoyConfigObjectPatch {
	return &networkingapi.EnvoyFilter_EnvoyConfigObjectPatch{
		ApplyTo: networkingapi.EnvoyFilter_HTTP_FILTER,
		Match: &networkingapi.EnvoyFilter_EnvoyConfigObjectMatch{
			Context: context,
			ObjectTypes: &networkingapi.EnvoyFilter_EnvoyConfigObjectMatch_Listener{Listener: &networkingapi.EnvoyFilter_ListenerMatch{
				FilterChain: &networkingapi.EnvoyFilter_ListenerMatch_FilterChainMatch{Filter: &networkingapi.EnvoyFilter_ListenerMatch_FilterMatch{
					Name:      "envoy.filters.network.http_connection_manager",
					SubFilter: &networkingapi.EnvoyFilter_ListenerMatch_SubFilterMatch{Name: "envoy.filters.http.router"},
				}},
			}},
		},
		Patch: &networkingapi.EnvoyFilter_Patch{Operation: networkingapi.EnvoyFilter_Patch_INSERT_BEFORE, Value: filter},
	}
}

// firstOfAll puts an HTTP filter before all others of all listeners of a context.
func firstOfAll(context networkingapi.EnvoyFilter_PatchContext, filter *structpb.Struct) *networkingapi.EnvoyFilter_EnvoyConfigObjectPatch {
	out := beforeRouter(context, filter)
	out.Match.GetListener().FilterChain.Filter.SubFilter = nil
	out.Patch.Operation = networkingapi.EnvoyFilter_Patch_INSERT_FIRST
	return out
}

// structOf is a configuration of Envoy's, made of strings, lists and maps.
func structOf(fields map[string]any) *structpb.Struct {
	out, err := structpb.NewStruct(fields)
	if err != nil { // of what is no JSON, and none comes from outside
		panic(err)
	}
	return out
}
