package istio

import (
	"context"
	"testing"

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

// indexer is the index of a client in memory, which has to be made before it.
type indexer struct {
	builder *fake.ClientBuilder
	err     error
}

func (i *indexer) IndexField(_ context.Context, o client.Object, field string, values client.IndexerFunc) error {
	if i.err == nil {
		i.builder.WithIndex(o, field, values)
	}
	return i.err
}

func TestEntriesAreFoundByTheirIndex(t *testing.T) {
	routes := func(name string, labels map[string]string) *networkingv1.VirtualService {
		return &networkingv1.VirtualService{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name, Labels: labels}}
	}
	scheme := runtime.NewScheme()
	require.NoError(t, AddToScheme(scheme))
	asked := ""
	i := &indexer{builder: fake.NewClientBuilder().WithScheme(scheme).
		WithObjects(
			routes("entry", entryLabels("rollout")), routes("other", entryLabels("shop")),
			routes("theirs", map[string]string{apiv1.LabelEntry: "true"}), routes("mesh", nil)).
		WithInterceptorFuncs(interceptor.Funcs{List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			o := client.ListOptions{}
			o.ApplyOptions(opts)
			asked = ""
			if o.FieldSelector != nil {
				asked = o.FieldSelector.String()
			}
			return c.List(ctx, list, opts...)
		}})}
	fast, err := IndexEntries(t.Context(), i, nil)
	require.NoError(t, err)
	plain := i.builder.Build()
	require.IsType(t, indexed{}, fast)

	for _, r := range []client.Reader{plain, indexed{plain}} {
		all, err := listEntries(t.Context(), r, nil)
		require.NoError(t, err)
		assert.Len(t, all, 2)
		one, err := listEntries(t.Context(), r, client.MatchingLabels{apiv1.LabelGroup: "shop"})
		require.NoError(t, err)
		require.Len(t, one, 1)
		assert.Equal(t, "other", one[0].Name)
	}
	assert.Equal(t, indexEntry+"="+apiv1.ManagedBy, asked, "the cache does not look at every VirtualService")
}

func TestWithoutIstioThereIsNoIndex(t *testing.T) {
	i := &indexer{builder: fake.NewClientBuilder(), err: &meta.NoKindMatchError{}}
	c := i.builder.Build()

	plain, err := IndexEntries(t.Context(), i, c)

	require.NoError(t, err)
	assert.Equal(t, c, plain)
}
