package rolloutwatch

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/internal/fixture"
)

// What the mesh routes already was announced by the manager before.
func TestAFirstLookThatFailsAnnouncesNothingTwice(t *testing.T) {
	c := fixture.NewChain()
	d, rs, pod := c.Canary()
	w := newWorld(t, c.Objects(fixture.Rollout("Progressing", "InRolling", ""), d, rs, pod)...)
	w.mesh.services[mockb] = []string{"base", "canary"}
	w.mesh.err = errors.New("the API server is away")
	require.Error(t, w.reconcile())
	w.mesh.err = nil
	w.settle()
	assert.Empty(t, w.events())
}
