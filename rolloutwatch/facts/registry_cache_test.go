package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

func TestTheRegistryIsReadAgainAfterAnEvent(t *testing.T) {
	c := fixture.NewChain()
	f := newCluster(t, c.Objects()...)
	f.registries.watching = true
	first, err := f.Registry(t.Context())
	require.NoError(t, err)

	require.NoError(t, f.Cache.(client.Client).Delete(t.Context(), c.Gray))
	known, err := f.Registry(t.Context())
	require.NoError(t, err)
	assert.Same(t, first, known, "nobody notified of it yet")

	f.registries.invalidate()
	known, err = f.Registry(t.Context())
	require.NoError(t, err)
	assert.Len(t, known.groups["rollout"].Lanes, 1)
	again, err := f.Registry(t.Context())
	require.NoError(t, err)
	assert.Same(t, known, again)
}

// Informers call their handlers in no order, so who enqueues for a changed group or
// lane must not leave it to another handler to say so.
func TestAChangeIsNoticedBeforeItsHandler(t *testing.T) {
	c := fixture.NewChain()
	f := newCluster(t, c.Objects()...)
	f.registries.watching = true
	_, err := f.Registry(t.Context())
	require.NoError(t, err)
	require.NoError(t, f.Cache.(client.Client).Delete(t.Context(), c.Gray))

	require.True(t, f.Invalidating(LaneChanged).Delete(event.DeleteEvent{Object: c.Gray}))

	registry, err := f.Registry(t.Context())
	require.NoError(t, err)
	assert.Len(t, registry.groups["rollout"].Lanes, 1)
	assert.Positive(t, f.registries.changes.Load(), "a Registry that was begun before must not replace this one")
	require.False(t, f.Invalidating(LaneChanged).Update(event.UpdateEvent{ObjectOld: c.Base, ObjectNew: c.Base}))
	assert.Equal(t, int64(1), f.registries.changes.Load())
}

// Our own writes of statuses are most of the events.
func TestAStatusIsNoNews(t *testing.T) {
	r := &registryCache{}
	before := fixture.Lane("canary")
	before.Generation = 1
	after := before.DeepCopy()
	after.ResourceVersion, after.Status.ServicesSummary = "7", "mockb"
	r.updated(before, after)
	assert.Zero(t, r.changes.Load())
	after.Generation = 2
	r.updated(before, after)
	assert.Equal(t, int64(1), r.changes.Load())
}

// Whose the baseline is that a group names changes with lanes of other groups, while the
// group and its own lanes stay as they were.
func TestTheRegistryKnowsABaselineOfAnotherGroup(t *testing.T) {
	c := fixture.NewChain()
	wanting := fixture.Group(func(g *apiv1.ASMSwimLaneGroup) { g.Name, g.UID = "wanting", "uid-wanting" })
	f := newCluster(t, c.Objects(wanting)...)
	elsewhere := func() map[string]string {
		registry, err := f.Registry(t.Context())
		require.NoError(t, err)
		assert.ElementsMatch(t, []string{"rollout", "wanting"}, registry.WithBaseline("base"))
		assert.Empty(t, registry.WithBaseline("canary"))
		assert.Empty(t, registry.Group("rollout").Elsewhere)
		return registry.Group("wanting").Elsewhere
	}
	assert.Equal(t, map[string]string{"base": "rollout"}, elsewhere())
	require.NoError(t, f.Cache.(client.Client).Delete(t.Context(), c.Base))
	assert.Empty(t, elsewhere())
}
