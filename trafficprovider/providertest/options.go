package providertest

import (
	"context"
	"flag"
	"io"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/apiutil"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// What the manager needs of a provider before anything is read or written.

func kindsAreKnown(t *testing.T, h *harness) {
	scheme := runtime.NewScheme()
	require.NoError(t, h.Provider.AddToScheme(scheme))
	kinds := slices.Concat(h.Provider.OwnedKinds(), h.Provider.ReadKinds(), h.Provider.OptionalKinds())
	assert.NotEmpty(t, h.Provider.OwnedKinds())
	for _, kind := range kinds {
		gvk, err := apiutil.GVKForObject(kind, scheme)
		require.NoError(t, err)
		gvk.Kind += "List"
		_, err = scheme.New(gvk)
		require.NoError(t, err, "an object without a list cannot be watched")
	}
}

func flagsAreChecked(t *testing.T, h *harness) {
	flags := flag.NewFlagSet("manager", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	h.Provider.AddFlags(flags)
	flags.VisitAll(func(f *flag.Flag) { assert.NotEmpty(t, f.Usage, f.Name) })
	require.NoError(t, h.Provider.Validate(), "its defaults are valid")
	assert.Equal(t, settle, h.Provider.Settle())

	require.NoError(t, flags.Set("settle", "7s"), "every provider lets proxies learn of a change")
	assert.Equal(t, 7*time.Second, h.Provider.Settle())
	require.NoError(t, flags.Set("settle", "0s"))
	require.ErrorContains(t, h.Provider.Validate(), "--settle")
}

// restsWithIndexes also shows that what SetUp adds to a cache finds what is there.
func restsWithIndexes(t *testing.T, h *harness) {
	scheme := runtime.NewScheme()
	require.NoError(t, h.Provider.AddToScheme(scheme))
	builder := fake.NewClientBuilder().WithScheme(scheme).WithObjects(h.gateway(gateway))
	require.NoError(t, h.Provider.SetUp(t.Context(), indexer{builder}, nil))
	cache := builder.Build()
	require.NoError(t, h.Provider.SetUp(t.Context(), noIndexer{}, cache))
	h.client, h.Client, h.Reader = cache, cache, cache

	comesTrueAndRests(t, h)
	h.untilComplete(t, func() trafficprovider.Outcome { return h.applyIngress(t, ingressPlan(true)) })
	assert.True(t, h.liveIngress(t).Names("canary"))
	assert.Equal(t, "base", h.liveIngress(t).Baseline())
}

type indexer struct{ *fake.ClientBuilder }

// IndexField implements client.FieldIndexer.
func (i indexer) IndexField(_ context.Context, o client.Object, field string, values client.IndexerFunc) error {
	i.WithIndex(o, field, values)
	return nil
}

type noIndexer struct{}

func (noIndexer) IndexField(context.Context, client.Object, string, client.IndexerFunc) error {
	return nil
}

func patchesAreChecked(t *testing.T, h *harness) {
	g := lane.Group{Name: group, Tag: lane.Tag{RouteHeader: "x-lane"}, Services: []types.NamespacedName{service}}
	assert.Nil(t, h.Provider.CheckPatches(g))
	g.DefaultPolicy.Traffic = []byte(`{"thereIsNoSuchField": true}`)
	problem := h.Provider.CheckPatches(g)
	require.NotNil(t, problem)
	assert.Equal(t, apiv1.ReasonPatchRefused, problem.Reason)
	assert.Contains(t, problem.Message, "thereIsNoSuchField")
}

// rulesAreSampled makes an object of one of its own kinds that is under no name, so that
// asking about it is about nothing else.
func rulesAreSampled(t *testing.T, h *harness) {
	for _, rule := range ingressPlan(true).Rules() {
		sample, err := h.Provider.IngressSample(rule.Plan)
		require.NoError(t, err)
		assert.Empty(t, sample.GetName())
		assert.NotEmpty(t, sample.GetGenerateName())
		assert.True(t, slices.ContainsFunc(h.Provider.OwnedKinds(), func(o client.Object) bool { return reflect.TypeOf(o) == reflect.TypeOf(sample) }))
	}
}

func everythingHasWords(t *testing.T, h *harness) {
	words := reflect.ValueOf(h.Provider.Words())
	for i := range words.NumField() {
		assert.NotEmpty(t, words.Field(i).String(), words.Type().Field(i).Name)
	}
}
