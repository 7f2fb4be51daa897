package rolloutwatch

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// What the mesh routes already was announced by the manager before.
func TestAFirstLookThatFailsAnnouncesNothingTwice(t *testing.T) {
	c := newChain()
	d, rs, pod := c.canary()
	w := newWorld(t, c.objects(newRollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.mesh.services[mockbRequest] = []string{"base", "canary"}
	w.mesh.err = errors.New("the API server is away")
	require.Error(t, w.look())
	w.mesh.err = nil
	w.settle()
	assert.Empty(t, w.events())
}

// A new lane waits for every Service, and for one that stands still it would for
// ever.
func TestALaneThatWaitsForAServiceSaysWhy(t *testing.T) {
	s2 := newLane("s2")
	s2.Status = apiv1.ASMSwimLaneStatus{}
	view := laneView{lane: s2, entry: &groupEntry{}, rows: map[client.ObjectKey]row{
		mockb: {problem: &lane.Problem{Reason: apiv1.ReasonPatchRefused, Message: "field x of the patch"}},
	}}
	view.entry.Name, view.entry.Services = "rollout", []client.ObjectKey{mockb}
	accepted := view.accepted()
	assert.Equal(t, apiv1.ReasonSettling, accepted.Reason)
	assert.Contains(t, accepted.Message, "default/mockb (PatchRefused: field x of the patch)")
}
