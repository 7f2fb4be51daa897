package istio_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"istio.io/client-go/pkg/apis/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/yaml"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
)

// stripping is an API server with an entry's Gateway, and what is written to it.
type stripping struct {
	*trafficprovider.Applier
	client  client.Client
	gateway types.NamespacedName
	// forbidden is set when the manager may not write EnvoyFilters.
	forbidden bool
}

func newStripping(t *testing.T, objects ...client.Object) *stripping {
	scheme := runtime.NewScheme()
	provider := istio.New(settle)
	require.NoError(t, provider.AddToScheme(scheme))
	require.NoError(t, corev1.AddToScheme(scheme))
	s := &stripping{gateway: types.NamespacedName{Namespace: "edge", Name: "gw"}}
	gateway := &networkingv1.Gateway{}
	require.NoError(t, yaml.UnmarshalStrict([]byte(`{spec: {selector: {istio: ingressgateway}, servers: [{hosts: ['*'], port: {number: 80, protocol: HTTP, name: http}}]}}`), gateway))
	gateway.Namespace, gateway.Name = "edge", "gw"
	may := func(obj client.Object, do func() error) error {
		if _, ok := obj.(*v1alpha3.EnvoyFilter); ok && s.forbidden {
			return apierrors.NewForbidden(schema.GroupResource{Group: "networking.istio.io", Resource: "envoyfilters"}, obj.GetName(), nil)
		}
		return do()
	}
	s.client = interceptor.NewClient(fake.NewClientBuilder().WithScheme(scheme).WithObjects(append(objects, gateway)...).Build(), interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.CreateOption) error {
			return may(obj, func() error { return c.Create(ctx, obj, opts...) })
		},
		Delete: func(ctx context.Context, c client.WithWatch, obj client.Object, opts ...client.DeleteOption) error {
			return may(obj, func() error { return c.Delete(ctx, obj, opts...) })
		},
	})
	s.Applier = &trafficprovider.Applier{Client: s.client, Reader: s.client, Provider: provider}
	return s
}

// apply makes a step of an entry of a Service that everybody meets.
func (s *stripping) apply(t *testing.T, strip bool, state lane.State) trafficprovider.Outcome {
	t.Helper()
	live, err := s.Ingress(t.Context(), groupName, s.gateway)
	require.NoError(t, err)
	plan := lane.IngressPlan{Group: groupName, State: state, Gateway: s.gateway, Tag: lane.Tag{RouteHeader: routeHeader}, StripTags: strip}
	service := key("default/mockb")
	plan.Routes = []lane.IngressRoute{{Name: "base/all", RequestMatch: lane.RequestMatch{Hosts: []string{"*"}}, Service: service, Baseline: "base",
		Destinations: []lane.Destination{{Lane: "base", Tag: "base", InLane: true}}}}
	of, err := s.Service(t.Context(), groupName, service)
	require.NoError(t, err)
	out, err := s.ApplyIngress(t.Context(), plan, live, map[types.NamespacedName]trafficprovider.Live{service: of})
	require.NoError(t, err)
	return out
}

func (s *stripping) filter(t *testing.T) *v1alpha3.EnvoyFilter {
	t.Helper()
	found := &v1alpha3.EnvoyFilter{}
	err := s.client.Get(t.Context(), client.ObjectKey{Namespace: "istio-system", Name: "swimlane-strip-tags-" + groupName}, found)
	if apierrors.IsNotFound(err) {
		return nil
	}
	require.NoError(t, err)
	return found
}

// entry is one of ours that is there already, with the rule whose subset it names.
func entry(t *testing.T) []client.Object {
	labels := map[string]string{apiv1.LabelManagedBy: apiv1.ManagedBy, apiv1.LabelSwimLaneGroup: groupName, apiv1.LabelGroup: groupName, apiv1.LabelEntry: "true"}
	vs := &networkingv1.VirtualService{}
	require.NoError(t, yaml.UnmarshalStrict([]byte(`{spec: {hosts: ['*'], gateways: [edge/gw], exportTo: ['*'], http: [{name: base/all, headers: {request: {set: {x-asm-prefer-tag: base}}}, route: [{destination: {host: mockb.default.svc.cluster.local, subset: base}}]}]}}`), vs))
	vs.ObjectMeta = metav1.ObjectMeta{Namespace: "edge", Name: "swimlane-ingress-vs-" + groupName, Labels: labels}
	return []client.Object{vs}
}

func TestTagsAreTakenOffOnRequest(t *testing.T) {
	s := newStripping(t, entry(t)...)
	s.apply(t, false, lane.StateManaged)
	assert.Nil(t, s.filter(t))

	s.apply(t, true, lane.StateManaged)
	filter := s.filter(t)
	require.NotNil(t, filter)
	assert.Equal(t, map[string]string{"istio": "ingressgateway"}, filter.Spec.WorkloadSelector.Labels, "the Gateway's pods, wherever they run")
	text := filter.Spec.ConfigPatches[0].Patch.Value.String()
	assert.Contains(t, text, "envoy.extensions.filters.http.header_mutation.v3.HeaderMutation")
	assert.Contains(t, text, routeHeader)
	assert.Zero(t, s.apply(t, true, lane.StateManaged).Written, "it is as it should be")
	n, err := s.Objects(t.Context(), groupName)
	require.NoError(t, err)
	assert.Equal(t, 2, n, "a group that goes waits for it")

	s.apply(t, false, lane.StateManaged)
	assert.Nil(t, s.filter(t))

	s.apply(t, true, lane.StateManaged)
	s.apply(t, true, lane.StateWithdrawn)
	assert.Nil(t, s.filter(t))
}

func TestWithoutTheRightToTakeTagsOffTheRestGoesOn(t *testing.T) {
	s := newStripping(t, entry(t)...)
	s.forbidden = true
	out := s.apply(t, true, lane.StateManaged)
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonPartiallySupported, out.Problem.Reason)
	assert.Contains(t, out.Problem.Message, "annotation lanekeeper.io/strip-tags has no effect, since the manager may not write EnvoyFilters")
	assert.Contains(t, out.Programmed, "base")

	s.forbidden = false
	s.apply(t, true, lane.StateManaged)
	s.forbidden = true
	out = s.apply(t, false, lane.StateManaged)
	require.NotNil(t, out.Problem)
	assert.Contains(t, out.Problem.Message, "goes on taking tags off, since the manager may not delete it: delete it")
}

func TestAFilterOfSomebodyElsesStays(t *testing.T) {
	theirs := &v1alpha3.EnvoyFilter{ObjectMeta: metav1.ObjectMeta{Namespace: "istio-system", Name: "swimlane-strip-tags-" + groupName}}
	s := newStripping(t, append(entry(t), theirs)...)
	out := s.apply(t, true, lane.StateManaged)
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonConflict, out.Problem.Reason)
	assert.Empty(t, s.filter(t).Labels)
	s.apply(t, false, lane.StateManaged)
	assert.NotNil(t, s.filter(t))
}

// A message is cut where it gets long, and who knows a lane's name is the least of its news.
func TestTagsThatComeInAreToldLast(t *testing.T) {
	objects := entry(t)
	for i := range 21 {
		vs := &networkingv1.VirtualService{}
		require.NoError(t, yaml.UnmarshalStrict([]byte(`{spec: {hosts: ['*'], gateways: [edge/gw], http: [{match: [{uri: {prefix: /shop}}], route: [{destination: {host: shop}}]}]}}`), vs))
		vs.ObjectMeta = metav1.ObjectMeta{Namespace: "edge", Name: fmt.Sprint("user-", i)}
		objects = append(objects, vs)
	}
	notes := newStripping(t, objects...).apply(t, false, lane.StateManaged).Notes
	require.Len(t, notes, 7)
	assert.Contains(t, notes[5].Message, "more objects of others are like these: 16")
	assert.Contains(t, notes[6].Message, "clients can choose a lane")
}

// The member is taken out of clients' baggage where the manager may write filters, and else routes
// replace it.
func TestBaggageIsTakenApartAtTheGateway(t *testing.T) {
	s := newStripping(t, entry(t)...)
	apply := func(baggage bool) trafficprovider.Outcome {
		live, err := s.Ingress(t.Context(), groupName, s.gateway)
		require.NoError(t, err)
		service := key("default/mockb")
		of, err := s.Service(t.Context(), groupName, service)
		require.NoError(t, err)
		plan := lane.IngressPlan{Group: groupName, State: lane.StateManaged, Gateway: s.gateway, Tag: lane.Tag{RouteHeader: routeHeader, Baggage: baggage}}
		plan.Routes = []lane.IngressRoute{{Name: "base/all", RequestMatch: lane.RequestMatch{Hosts: []string{"*"}}, Service: service, Baseline: "base",
			Destinations: []lane.Destination{{Lane: "base", Tag: "base", InLane: true}}}}
		out, err := s.ApplyIngress(t.Context(), plan, live, map[types.NamespacedName]trafficprovider.Live{service: of})
		require.NoError(t, err)
		return out
	}
	filter := func() error {
		return s.client.Get(t.Context(), client.ObjectKey{Namespace: "istio-system", Name: "swimlane-baggage-" + groupName}, &v1alpha3.EnvoyFilter{})
	}
	s.forbidden = true
	out := apply(true)
	assert.Nil(t, out.Problem, "routes do what they can")
	require.NotEmpty(t, out.Notes)
	assert.Contains(t, out.Notes[len(out.Notes)-1].Message, "is replaced as a whole, and only the first of several lines is kept, since the manager may not write EnvoyFilters")

	s.forbidden = false
	assert.Empty(t, apply(true).Notes)
	require.NoError(t, filter())
	apply(false)
	assert.True(t, apierrors.IsNotFound(filter()))
}
