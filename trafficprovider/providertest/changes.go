package providertest

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// What changes about a Service that is taken over: its patches, its baseline.

// until applies a plan, as time passes, until it is programmed as far as that.
func (h *harness) until(t *testing.T, plan lane.Plan, done func() bool) {
	t.Helper()
	for range 10 {
		out := h.apply(t, plan)
		if done() {
			return
		}
		if out.Written == 0 {
			require.Positive(t, out.Again, "nothing is done, and nothing will be")
		}
		h.now = h.now.Add(out.Again)
	}
	t.Fatal("it does not come true")
}

func refusedPatchStopsNothing(t *testing.T, h *harness) {
	refused := func(gray ...string) lane.Plan {
		plan := managed(gray...)
		plan.Policy.Traffic = []byte(`{"thereIsNoSuchField": true}`)
		return plan
	}
	out := h.apply(t, refused())
	assert.Zero(t, out.Written, "there is nothing in force that could stay")
	require.NotNil(t, out.Problem)
	h.complete(t, managed())

	h.until(t, refused("canary"), func() bool { return h.live(t).Names("canary") && h.programs(t, refused("canary"), "canary") })
	out = h.apply(t, refused("canary"))
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonPatchRefused, out.Problem.Reason)
	assert.Contains(t, out.Problem.Message, "thereIsNoSuchField")

	assert.NotContains(t, h.apply(t, refused()).Programmed, "canary", "an undo is at once")
	h.until(t, refused(), func() bool { return !h.live(t).Names("canary") })
}

func (h *harness) programs(t *testing.T, plan lane.Plan, laneName string) bool {
	return slices.Contains(h.apply(t, plan).Programmed, laneName)
}

func servingIsTheBaseline(t *testing.T, h *harness) {
	assert.Empty(t, h.live(t).Serving())
	h.complete(t, managed("canary"))
	assert.Equal(t, "base", h.live(t).Serving())
}

func baselineMoves(t *testing.T, h *harness) {
	labelled := func(p lane.Plan) lane.Plan { p.Labelled = true; return p }
	h.complete(t, labelled(managed("canary")))
	began := h.now
	moving := labelled(managed("canary"))
	next := member("s2")
	moving.Next = &next
	h.until(t, moving, func() bool { return h.live(t).Serving() == "s2" })
	assert.GreaterOrEqual(t, h.now.Sub(began), settle)
	assert.True(t, h.live(t).Isolates("canary", h.now), "its pods keep their marker")

	moved := managed("canary")
	moved.Baseline, moved.GrayLanes = next, []string{"base", "canary"}
	h.apply(t, moved)
	assert.Equal(t, "s2", h.live(t).Serving())
	labelledAt := h.now
	h.complete(t, labelled(moved))
	assert.GreaterOrEqual(t, h.now.Sub(labelledAt), settle, "proxies have to know the labels first")
	assert.Equal(t, "s2", h.live(t).Serving())
	assert.False(t, h.live(t).Names("base"))
	assert.True(t, h.live(t).Names("canary"))
}
