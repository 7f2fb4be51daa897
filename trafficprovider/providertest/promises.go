package providertest

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

func nothingAtFirst(t *testing.T, h *harness) {
	live, in := h.live(t), h.liveIngress(t)
	assert.False(t, live.TakenOver())
	assert.False(t, live.Names("base"))
	assert.True(t, live.Isolates("canary", h.now), "there is no lane that pods would have to be kept out of")
	assert.False(t, in.TakenOver())
}

func comesTrueAndRests(t *testing.T, h *harness) {
	out := h.untilComplete(t, func() trafficprovider.Outcome { return h.apply(t, managed("canary")) })
	assert.Equal(t, []string{"base", "canary"}, out.Programmed)
	assert.True(t, h.live(t).TakenOver())
	for range 3 {
		h.now = h.now.Add(time.Hour)
		out = h.apply(t, managed("canary"))
		assert.Zero(t, out.Written)
		assert.True(t, out.Complete())
		assert.Zero(t, out.Again)
	}
}

func oneSettleLater(t *testing.T, h *harness) {
	h.complete(t, managed())
	joined := h.now
	for {
		out := h.apply(t, managed("canary"))
		if out.Complete() {
			break
		}
		assert.NotContains(t, out.Programmed, "canary")
		assert.Contains(t, out.Programmed, "base", "the others are not disturbed")
		require.Positive(t, out.Again)
		h.now = h.now.Add(out.Again)
	}
	assert.GreaterOrEqual(t, h.now.Sub(joined), settle)
	assert.True(t, h.live(t).Names("canary"))
}

func removedLaneLeavesNothing(t *testing.T, h *harness) {
	h.complete(t, managed("canary", "s2"))
	out := h.apply(t, managed("s2"))
	assert.NotContains(t, out.Programmed, "canary", "its requests are the baseline's at once")
	assert.True(t, h.live(t).Names("canary"), "proxies may still know its route")
	h.complete(t, managed("s2"))
	assert.False(t, h.live(t).Names("canary"))
	assert.True(t, h.live(t).Names("s2"))
}

func withdrawnLeavesNothing(t *testing.T, h *harness) {
	h.complete(t, managed("canary"))
	began := h.now
	gone := lane.Plan{Group: group, Service: service, State: lane.StateWithdrawn}
	h.complete(t, gone)
	assert.False(t, h.live(t).TakenOver())
	assert.GreaterOrEqual(t, h.now.Sub(began), settle)
	assert.Zero(t, h.apply(t, gone).Written)
}

func heldWritesNothing(t *testing.T, h *harness) {
	pending := managed("canary")
	pending.State = lane.StatePending
	assert.Zero(t, h.apply(t, pending).Written)
	assert.False(t, h.live(t).TakenOver())

	h.complete(t, managed("canary"))
	frozen := managed()
	frozen.State = lane.StateFrozen
	out := h.apply(t, frozen)
	assert.Zero(t, out.Written)
	assert.Zero(t, out.Again)
	assert.Equal(t, []string{"base"}, out.Programmed)
	assert.True(t, h.live(t).Names("canary"))
}

func ingressFollows(t *testing.T, h *harness) {
	out := h.applyIngress(t, ingressPlan(false))
	assert.Zero(t, out.Written, "no subset may be named yet")
	assert.Positive(t, out.Again)
	h.complete(t, managed("canary"))
	h.untilComplete(t, func() trafficprovider.Outcome { return h.applyIngress(t, ingressPlan(true)) })
	assert.Zero(t, h.applyIngress(t, ingressPlan(true)).Written)
	assert.True(t, h.liveIngress(t).Names("canary"))

	h.apply(t, managed())
	h.now = h.now.Add(time.Hour)
	h.apply(t, managed())
	h.now = h.now.Add(time.Hour)
	assert.False(t, h.apply(t, managed()).Complete(), "the ingress still names the lane's subset")
	h.applyIngress(t, ingressPlan(false))
	assert.True(t, h.liveIngress(t).Names("canary"), "the ingress stamps it")
	h.complete(t, managed())
	assert.False(t, h.live(t).Names("canary"))

	h.applyIngress(t, lane.IngressPlan{Group: group, State: lane.StateWithdrawn})
	assert.False(t, h.liveIngress(t).TakenOver())
}

func writtenObjectsAreOwned(t *testing.T, h *harness) {
	watched := map[reflect.Type]bool{}
	for _, obj := range h.Provider.OwnedKinds() {
		watched[reflect.TypeOf(obj)] = true
		_, ours := h.Provider.OwnerOf(obj)
		assert.False(t, ours, "an object without our labels is not ours")
	}
	check := func(out trafficprovider.Outcome, want trafficprovider.Owner) {
		for _, w := range out.Writes {
			assert.True(t, watched[reflect.TypeOf(w.Object)], "%T is not watched", w.Object)
			assert.NotEmpty(t, w.Reason)
			assert.NotEmpty(t, w.Cause)
			got, ours := h.Provider.OwnerOf(w.Object)
			assert.True(t, ours)
			assert.Equal(t, want, got)
		}
	}
	h.untilComplete(t, func() trafficprovider.Outcome {
		out := h.apply(t, managed("canary"))
		check(out, trafficprovider.Owner{Group: group, Service: service})
		return out
	})
	out := h.applyIngress(t, ingressPlan(true))
	assert.NotZero(t, out.Written)
	check(out, trafficprovider.Owner{Group: group, Ingress: []types.NamespacedName{service}})
}

func foreignObjectsStay(t *testing.T, h *harness) {
	step, err := h.Provider.Translate(managed(), h.live(t), trafficprovider.Cached, h.now)
	require.NoError(t, err)
	foreign := step.Writes[0].Object
	foreign.SetLabels(nil)
	require.NoError(t, h.client.Create(t.Context(), foreign))
	version := h.get(t.Context(), t, foreign).GetResourceVersion()

	out := h.apply(t, managed())
	assert.Zero(t, out.Written)
	assert.False(t, out.Complete())
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonConflict, out.Problem.Reason)
	assert.Contains(t, out.Problem.Message, foreign.GetName())
	assert.Equal(t, version, h.get(t.Context(), t, foreign).GetResourceVersion())
	assert.False(t, h.live(t).TakenOver())
}

func additionsStay(t *testing.T, h *harness) {
	first := h.apply(t, managed()).Writes[0].Object
	obj := h.get(t.Context(), t, first)
	labels := obj.GetLabels()
	labels["tool"] = "theirs"
	obj.SetLabels(labels)
	obj.SetAnnotations(mapWith(obj.GetAnnotations(), "tool", "theirs"))
	require.NoError(t, h.client.Update(t.Context(), obj))
	assert.Zero(t, h.apply(t, managed()).Written)

	h.complete(t, managed("canary"))
	assert.Equal(t, "theirs", h.get(t.Context(), t, first).GetLabels()["tool"])
	assert.Equal(t, "theirs", h.get(t.Context(), t, first).GetAnnotations()["tool"])
}

func newMarkersWait(t *testing.T, h *harness) {
	plan := managed("canary")
	h.complete(t, plan)
	assert.True(t, h.live(t).Isolates("s2", h.now))
	assert.False(t, h.live(t).Isolates("s3", h.now), "canary does not know s3")
	plan.GrayLanes = []string{"canary", "s2", "s3"}
	out := h.apply(t, plan)
	assert.False(t, h.live(t).Isolates("s3", h.now))
	assert.Positive(t, out.Again)
	h.now = h.now.Add(settle + time.Second)
	assert.True(t, h.live(t).Isolates("s3", h.now))
	assert.True(t, h.live(t).Isolates("canary", h.now), "a lane's own subset need not keep it out")
}

// isolationIsKnownWithoutWrites is what replicas go by that write nothing.
func isolationIsKnownWithoutWrites(t *testing.T, h *harness) {
	other := h.another(settle)
	isolates := func(name string) bool {
		isolation, err := other.Isolation(t.Context(), h.client, group, service)
		require.NoError(t, err)
		return isolation.Isolates(name, h.now)
	}
	assert.True(t, isolates("s3"), "there is no lane that pods would have to be kept out of")
	plan := managed("canary")
	h.complete(t, plan)
	assert.True(t, isolates("s2"))
	assert.False(t, isolates("s3"))
	plan.GrayLanes = []string{"canary", "s2", "s3"}
	h.complete(t, plan)
	require.True(t, h.live(t).Isolates("s3", h.now))
	h.now = h.now.Add(settle)
	assert.True(t, isolates("s3"), "a settle later at most")
}

func translatingIsPure(t *testing.T, h *harness) {
	h.complete(t, managed("canary"))
	live, plan := h.live(t), managed("s2")
	first, err := h.Provider.Translate(plan, live, trafficprovider.Cached, h.now)
	require.NoError(t, err)
	second, err := h.Provider.Translate(managed("s2"), live, trafficprovider.Cached, h.now)
	require.NoError(t, err)
	assert.Equal(t, managed("s2"), plan)
	require.Len(t, second.Writes, len(first.Writes))
	for i, w := range first.Writes {
		assert.Equal(t, w.Op, second.Writes[i].Op)
		assert.Equal(t, written(t, w.Object), written(t, second.Writes[i].Object))
	}
}

func mapWith(m map[string]string, k, v string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[k] = v
	return m
}

// written is an object as the API server gets it.
func written(t *testing.T, obj client.Object) string {
	t.Helper()
	text, err := json.Marshal(obj)
	require.NoError(t, err)
	return string(text)
}
