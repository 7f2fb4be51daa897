package istio

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
)

// cacheReader can be told from the API server that it reads.
type cacheReader struct{ client.Reader }

func TestEntriesAreFoundByTheirIndex(t *testing.T) {
	routes := func(name string, labels map[string]string) *networkingv1.VirtualService {
		return &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: labels}}
	}
	scheme := runtime.NewScheme()
	require.NoError(t, New(DefaultSettle).AddToScheme(scheme))
	asked := ""
	b := fake.NewClientBuilder().WithScheme(scheme).
		WithObjects(
			routes("swimlane-ingress-vs-rollout", ingressLabels("rollout")), routes("swimlane-ingress-vs-shop", ingressLabels("shop")),
			routes("copy", ingressLabels("shop")), routes("swimlane-ingress-vs-shop-2", ingressLabels("shop")),
			routes("theirs", map[string]string{apiv1.LabelEntry: "true"}), routes("mesh", nil)).
		WithInterceptorFuncs(interceptor.Funcs{List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			o := client.ListOptions{}
			o.ApplyOptions(opts)
			asked = ""
			if o.FieldSelector != nil {
				asked = o.FieldSelector.String()
			}
			return c.List(ctx, list, opts...)
		}})
	p := New(time.Second)
	require.NoError(t, p.SetUp(t.Context(), indexes{b}, nil))
	cache := &cacheReader{b.Build()}
	p.cache = cache

	for wants, r := range map[string]client.Reader{indexIngress + "=" + apiv1.ManagedBy: cache, "": cache.Reader} {
		all, err := p.listIngresses(t.Context(), r, nil)
		require.NoError(t, err)
		assert.Len(t, all, 2)
		one, err := p.listIngresses(t.Context(), r, client.MatchingLabels{apiv1.LabelGroup: "shop"})
		require.NoError(t, err)
		require.Len(t, one, 1)
		assert.Equal(t, "swimlane-ingress-vs-shop", one[0].Name)
		assert.Equal(t, wants, asked, "the cache does not look at every VirtualService, and the API server knows no index")
	}
}

// withoutIstio is the indexer of a cache whose API server has no such kinds.
type withoutIstio struct{}

func (withoutIstio) IndexField(context.Context, client.Object, string, client.IndexerFunc) error {
	return &meta.NoKindMatchError{}
}

func TestWithoutIstioThereIsNoIndex(t *testing.T) {
	p := New(time.Second)

	require.NoError(t, p.SetUp(t.Context(), withoutIstio{}, fake.NewFakeClient()))

	assert.Nil(t, p.cache)
}
