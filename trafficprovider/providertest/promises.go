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

func nothingAtFirst(t *testing.T, b *bench) {
	live, in := b.live(t), b.liveEntry(t)
	assert.False(t, live.TakenOver())
	assert.False(t, live.Names("base"))
	assert.True(t, live.Isolates("canary", b.now), "there is no lane that pods would have to be kept out of")
	assert.False(t, in.TakenOver())
}

func comesTrueAndRests(t *testing.T, b *bench) {
	out := b.until(t, func() trafficprovider.Outcome { return b.apply(t, managed("canary")) })
	assert.Equal(t, []string{"base", "canary"}, out.Programmed)
	assert.True(t, b.live(t).TakenOver())
	for range 3 {
		b.now = b.now.Add(time.Hour)
		out = b.apply(t, managed("canary"))
		assert.Zero(t, out.Written)
		assert.True(t, out.Complete())
		assert.Zero(t, out.Again)
	}
}

func oneSettleLater(t *testing.T, b *bench) {
	b.come(t, managed())
	joined := b.now
	for {
		out := b.apply(t, managed("canary"))
		if out.Complete() {
			break
		}
		assert.NotContains(t, out.Programmed, "canary")
		assert.Contains(t, out.Programmed, "base", "the others are not disturbed")
		require.Positive(t, out.Again)
		b.now = b.now.Add(out.Again)
	}
	assert.GreaterOrEqual(t, b.now.Sub(joined), settle)
	assert.True(t, b.live(t).Names("canary"))
}

func laneForgotten(t *testing.T, b *bench) {
	b.come(t, managed("canary", "s2"))
	out := b.apply(t, managed("s2"))
	assert.NotContains(t, out.Programmed, "canary", "its requests are the baseline's at once")
	assert.True(t, b.live(t).Names("canary"), "proxies may still know its route")
	b.come(t, managed("s2"))
	assert.False(t, b.live(t).Names("canary"))
	assert.True(t, b.live(t).Names("s2"))
}

func withdrawnLeavesNothing(t *testing.T, b *bench) {
	b.come(t, managed("canary"))
	began := b.now
	gone := lane.Plan{Group: group, Service: service, State: lane.StateWithdrawn}
	b.come(t, gone)
	assert.False(t, b.live(t).TakenOver())
	assert.GreaterOrEqual(t, b.now.Sub(began), settle)
	assert.Zero(t, b.apply(t, gone).Written)
}

func heldWritesNothing(t *testing.T, b *bench) {
	pending := managed("canary")
	pending.State = lane.StatePending
	assert.Zero(t, b.apply(t, pending).Written)
	assert.False(t, b.live(t).TakenOver())

	b.come(t, managed("canary"))
	frozen := managed()
	frozen.State = lane.StateFrozen
	out := b.apply(t, frozen)
	assert.Zero(t, out.Written)
	assert.Zero(t, out.Again)
	assert.Equal(t, []string{"base"}, out.Programmed)
	assert.True(t, b.live(t).Names("canary"))
}

func entryFollows(t *testing.T, b *bench) {
	out := b.applyEntry(t, entry(false))
	assert.Zero(t, out.Written, "no subset may be named yet")
	assert.Positive(t, out.Again)
	b.come(t, managed("canary"))
	b.until(t, func() trafficprovider.Outcome { return b.applyEntry(t, entry(true)) })
	assert.Zero(t, b.applyEntry(t, entry(true)).Written)
	assert.True(t, b.liveEntry(t).Names("canary"))

	b.apply(t, managed())
	b.now = b.now.Add(time.Hour)
	b.apply(t, managed())
	b.now = b.now.Add(time.Hour)
	assert.False(t, b.apply(t, managed()).Complete(), "the entry still names the lane's subset")
	b.applyEntry(t, entry(false))
	assert.True(t, b.liveEntry(t).Names("canary"), "the entry stamps it")
	b.come(t, managed())
	assert.False(t, b.live(t).Names("canary"))

	b.applyEntry(t, lane.IngressPlan{Group: group, State: lane.StateWithdrawn})
	assert.False(t, b.liveEntry(t).TakenOver())
}

func objectsSayWhomTheyConcern(t *testing.T, b *bench) {
	watched := map[reflect.Type]bool{}
	for _, obj := range b.Provider.OwnedKinds() {
		watched[reflect.TypeOf(obj)] = true
		_, ours := b.Provider.OwnerOf(obj)
		assert.False(t, ours, "an object without our labels is not ours")
	}
	check := func(out trafficprovider.Outcome, want trafficprovider.Owner) {
		for _, w := range out.Writes {
			assert.True(t, watched[reflect.TypeOf(w.Object)], "%T is not watched", w.Object)
			assert.NotEmpty(t, w.Reason)
			assert.NotEmpty(t, w.Cause)
			got, ours := b.Provider.OwnerOf(w.Object)
			assert.True(t, ours)
			assert.Equal(t, want, got)
		}
	}
	b.until(t, func() trafficprovider.Outcome {
		out := b.apply(t, managed("canary"))
		check(out, trafficprovider.Owner{Group: group, Service: service})
		return out
	})
	out := b.applyEntry(t, entry(true))
	assert.NotZero(t, out.Written)
	check(out, trafficprovider.Owner{Group: group, Ingress: []types.NamespacedName{service}})
}

func objectsOfOthersStay(t *testing.T, b *bench) {
	step, err := b.Provider.Translate(managed(), b.live(t), trafficprovider.Cached, b.now)
	require.NoError(t, err)
	foreign := step.Writes[0].Object
	foreign.SetLabels(nil)
	require.NoError(t, b.client.Create(t.Context(), foreign))
	version := b.get(t.Context(), t, foreign).GetResourceVersion()

	out := b.apply(t, managed())
	assert.Zero(t, out.Written)
	assert.False(t, out.Complete())
	require.NotNil(t, out.Problem)
	assert.Equal(t, apiv1.ReasonConflict, out.Problem.Reason)
	assert.Contains(t, out.Problem.Message, foreign.GetName())
	assert.Equal(t, version, b.get(t.Context(), t, foreign).GetResourceVersion())
	assert.False(t, b.live(t).TakenOver())
}

func additionsStay(t *testing.T, b *bench) {
	first := b.apply(t, managed()).Writes[0].Object
	obj := b.get(t.Context(), t, first)
	labels := obj.GetLabels()
	labels["tool"] = "theirs"
	obj.SetLabels(labels)
	obj.SetAnnotations(mapWith(obj.GetAnnotations(), "tool", "theirs"))
	require.NoError(t, b.client.Update(t.Context(), obj))
	assert.Zero(t, b.apply(t, managed()).Written)

	b.come(t, managed("canary"))
	assert.Equal(t, "theirs", b.get(t.Context(), t, first).GetLabels()["tool"])
	assert.Equal(t, "theirs", b.get(t.Context(), t, first).GetAnnotations()["tool"])
}

func newMarkersWait(t *testing.T, b *bench) {
	plan := managed("canary")
	b.come(t, plan)
	assert.True(t, b.live(t).Isolates("s2", b.now))
	assert.False(t, b.live(t).Isolates("s3", b.now), "canary does not know s3")
	plan.GrayLanes = []string{"canary", "s2", "s3"}
	out := b.apply(t, plan)
	assert.False(t, b.live(t).Isolates("s3", b.now))
	assert.Positive(t, out.Again)
	b.now = b.now.Add(settle + time.Second)
	assert.True(t, b.live(t).Isolates("s3", b.now))
	assert.True(t, b.live(t).Isolates("canary", b.now), "a lane's own subset need not keep it out")
}

// isolationIsKnownWithoutWrites is what replicas go by that write nothing.
func isolationIsKnownWithoutWrites(t *testing.T, b *bench) {
	other := b.another(settle)
	isolates := func(name string) bool {
		isolation, err := other.Isolation(t.Context(), b.client, group, service)
		require.NoError(t, err)
		return isolation.Isolates(name, b.now)
	}
	assert.True(t, isolates("s3"), "there is no lane that pods would have to be kept out of")
	plan := managed("canary")
	b.come(t, plan)
	assert.True(t, isolates("s2"))
	assert.False(t, isolates("s3"))
	plan.GrayLanes = []string{"canary", "s2", "s3"}
	b.come(t, plan)
	require.True(t, b.live(t).Isolates("s3", b.now))
	b.now = b.now.Add(settle)
	assert.True(t, isolates("s3"), "a settle later at most")
}

func translatingIsPure(t *testing.T, b *bench) {
	b.come(t, managed("canary"))
	live, plan := b.live(t), managed("s2")
	first, err := b.Provider.Translate(plan, live, trafficprovider.Cached, b.now)
	require.NoError(t, err)
	second, err := b.Provider.Translate(managed("s2"), live, trafficprovider.Cached, b.now)
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
