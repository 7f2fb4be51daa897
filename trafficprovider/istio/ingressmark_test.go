package istio

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider/istio/hostname"
)

func TestEntriesAreListedOnlyWhereTheyMayNameTheService(t *testing.T) {
	service := types.NamespacedName{Namespace: "default", Name: "mocka"}
	ingress := &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "swimlane-ingress-vs-rollout", Labels: ingressLabels("rollout")}}
	ingress.Spec.Http = []*networkingapi.HTTPRoute{{Route: []*networkingapi.HTTPRouteDestination{
		{Destination: &networkingapi.Destination{Host: hostname.Of(service), Subset: "base"}}}}}
	unmarked, marked := newRule("default", "rule", hostname.Of(service)), newRule("default", "rule", hostname.Of(service))
	marked.Annotations = map[string]string{apiv1.AnnotationEntry: "true"}

	for name, tc := range map[string]struct {
		rule   *networkingv1.DestinationRule
		cached bool // the cache knows the ingress
		lists  int  // of the API server
		names  int
	}{
		"no rule, so no subset":         {nil, false, 0, 0},
		"none may":                      {unmarked, false, 0, 0},
		"the mark was taken off":        {unmarked, true, 1, 1},
		"they may":                      {marked, true, 1, 1},
		"they may, and cache is behind": {marked, false, 1, 1},
	} {
		t.Run(name, func(t *testing.T) {
			var known []client.Object
			if tc.cached {
				known = append(known, ingress.DeepCopy())
			}
			p, lists := cached(t, known...), 0
			server := fake.NewClientBuilder().WithScheme(p.cache.(client.Client).Scheme()).WithObjects(ingress.DeepCopy()).
				WithInterceptorFuncs(interceptor.Funcs{List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
					lists++
					return c.List(ctx, list, opts...)
				}}).Build()
			l := &live{group: "rollout", service: service, rule: tc.rule}

			ingresses, err := p.ingressesNaming(t.Context(), server, l)

			require.NoError(t, err)
			assert.Len(t, ingresses, tc.names)
			assert.Equal(t, tc.lists, lists)
			l.ingresses = ingresses
			assert.Equal(t, tc.names > 0, marksIngress(lane.Plan{}, l), "the mark comes back")
		})
	}
}
