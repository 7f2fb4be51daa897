package rolloutwatch

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

func TestPodsThatTheWebhookMissedAreRelabelled(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	pod.Labels = map[string]string{"app": "mockb", fixture.TagLabel: "base"} // as the template has it
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	require.NoError(t, w.reconcile())
	require.True(t, w.exists(pod))
	assert.Equal(t, map[string]string{"app": "mockb", fixture.TagLabel: "canary", apiv1.LaneMarker("canary"): "1"}, pod.Labels)
	require.Len(t, w.mesh.applied, 1)
	assert.Equal(t, lane.StateManaged, w.mesh.applied[0].State, "the plan is decided from the labels as they are then")
}

// Somebody's webhook refuses every change of a pod, and takes its time.
func TestAPodThatCannotBeRelabelledHoldsNothingUp(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.settle()
	stray := fixture.Pod("stray", "v9", nil)
	w.create(stray)
	clock := time.Unix(5000, 0)
	w.services.now = func() time.Time { return clock }
	w.patching(func() error {
		clock = clock.Add(10 * time.Second)
		return errors.New("refused")
	})
	w.setRollout("Progressing", "Cancelling", "")
	require.ErrorContains(t, w.reconcile(), "refused")
	last := w.mesh.applied[len(w.mesh.applied)-1]
	assert.Equal(t, clock, last.Since, "the plan is no older than the last call")
	assert.Equal(t, []string{"base"}, w.mesh.services[mockb])
	w.rollUp()
	assert.Equal(t, apiv1.ReasonWriteFailed, w.group().Status.Services[0].Reason)
}

func TestAPodThatChangedMeanwhileIsLookedAtAgain(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.settle()
	w.create(fixture.Pod("stray", "v9", nil))
	w.patching(func() error { return apierrors.NewConflict(schema.GroupResource{Resource: "pods"}, "stray", nil) })
	result, err := w.services.Reconcile(t.Context(), mockb)
	require.NoError(t, err)
	assert.Equal(t, staleAfter, result.RequeueAfter)
	assert.True(t, w.store.Of("rollout")[fixture.Mockb].Complete, "what was done is known")
}

// patching answers every patch of the service controller from now on.
func (w *world) patching(answer func() error) {
	w.services.client = interceptor.NewClient(w.client.(client.WithWatch), interceptor.Funcs{
		Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
			return answer()
		},
	})
}
