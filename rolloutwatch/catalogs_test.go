package rolloutwatch

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestKnownCatalogIsReadAgainAfterAnEvent(t *testing.T) {
	c := newChain()
	f := newFacts(t, c.objects()...)
	f.catalogs.followed = true
	first, err := f.catalogs.known(t.Context(), f.Client)
	require.NoError(t, err)

	require.NoError(t, f.Client.(client.Client).Delete(t.Context(), c.gray))
	known, err := f.catalogs.known(t.Context(), f.Client)
	require.NoError(t, err)
	assert.Same(t, first, known, "nobody told of it yet")

	f.catalogs.outdated()
	known, err = f.catalogs.known(t.Context(), f.Client)
	require.NoError(t, err)
	assert.Len(t, known.groups["rollout"].Lanes, 1)
	again, err := f.catalogs.known(t.Context(), f.Client)
	require.NoError(t, err)
	assert.Same(t, known, again)
}

// Informers tell their listeners in no order, so who enqueues Services for a
// changed group or lane must not leave it to another listener to say so.
func TestWhoFollowsGroupsAndLanesOutdatesTheCatalog(t *testing.T) {
	for name, tc := range map[string]struct {
		mapping func(watches, context.Context, *catalog, client.Object) ([]serviceRequest, error)
		object  func(chain) client.Object
	}{
		"a lane":  {watches.ofLane, func(c chain) client.Object { return c.gray }},
		"a group": {watches.ofGroup, func(c chain) client.Object { return c.group }},
	} {
		t.Run(name, func(t *testing.T) {
			c := newChain()
			w := watches{facts: newFacts(t, c.objects()...), provider: cards{}}
			w.facts.catalogs.followed = true
			before, err := w.facts.catalogs.known(t.Context(), w.facts.Client)
			require.NoError(t, err)
			require.NoError(t, w.facts.Client.(client.Client).Delete(t.Context(), c.gray))

			_, err = tc.mapping(w, t.Context(), before, tc.object(c))

			require.NoError(t, err)
			known, err := w.facts.catalogs.known(t.Context(), w.facts.Client)
			require.NoError(t, err)
			assert.Len(t, known.groups["rollout"].Lanes, 1)
			assert.Positive(t, w.facts.catalogs.told.Load(), "a catalog that was begun before must not replace this one")
		})
	}
}
