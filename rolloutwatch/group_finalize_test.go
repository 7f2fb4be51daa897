package rolloutwatch

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

// A group whose finalizer somebody took away left its traffic behind.
func TestTrafficOfAGroupThatIsGoneIsWithdrawn(t *testing.T) {
	w := newWorld(t, fixture.NewChain().Objects()[3:]...)
	key := lane.GroupService{Group: "rollout", Service: fixture.Mockb}
	w.mesh.services[key], w.mesh.entries["rollout"] = []string{"base"}, []string{"base"}
	w.settle()
	assert.Empty(t, w.mesh.services)
	assert.Empty(t, w.mesh.entries)
}

// A replica that has just become the leader may know an object of ours before
// it knows the group.
func TestACacheThatIsBehindWithdrawsNothing(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.settle()
	w.mesh.entries["rollout"] = []string{"base"}
	stale := newClusterOn(t, fixture.Client(t, addIndexes, c.Base, c.Gray))
	stale.API = w.client
	w.services.cluster, w.groups.cluster = stale, stale

	require.NoError(t, w.reconcile())
	_, err := w.groups.Reconcile(t.Context(), requestFor(c.Group))
	require.NoError(t, err)
	assert.Equal(t, []string{"base"}, w.mesh.services[lane.GroupService{Group: "rollout", Service: fixture.Mockb}])
	assert.Contains(t, w.mesh.entries, "rollout")
}

// A Service leaves its group right after it was taken over: its objects are there, and
// the cache does not have them yet.
func TestMarkersStayUntilTheServerSaysThatNothingIsLeft(t *testing.T) {
	c := fixture.NewChain()
	gray := fixture.Pod("canary-1", "canary", nil)
	w := newWorld(t, c.Objects(gray)...)
	w.settle()
	c.Group.Spec.Services = nil
	c.Group.ResourceVersion = w.group().ResourceVersion
	require.NoError(t, w.client.Update(t.Context(), c.Group))
	w.mesh.unseen = map[lane.GroupService][]string{mockb: w.mesh.services[mockb]}
	delete(w.mesh.services, mockb)

	require.NoError(t, w.reconcile())
	require.True(t, w.exists(gray))
	assert.Contains(t, gray.Labels, apiv1.LaneMarker("canary"), "its objects were withdrawn in this look, and proxies may know them")
	require.NoError(t, w.reconcile())
	require.True(t, w.exists(gray))
	assert.NotContains(t, gray.Labels, apiv1.LaneMarker("canary"))
}

func TestAGroupStaysUntilItsPodsAreAsBefore(t *testing.T) {
	c := fixture.NewChain()
	gray := fixture.Pod("canary-1", "canary", nil)
	w := newWorld(t, c.Objects(gray)...)
	w.settle()
	w.services.client = interceptor.NewClient(w.client.(client.WithWatch), interceptor.Funcs{
		Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
			return errors.New("a policy refuses it")
		}})
	w.delete(c.Group)
	require.NoError(t, w.reconcile(), "the routes go")
	require.Error(t, w.reconcile(), "and then the labels")
	w.rollUp()
	ready := condition(t, w.group().Status.Conditions, apiv1.ConditionReady)
	assert.Equal(t, apiv1.ReasonDeleting, ready.Reason)
	assert.Equal(t, "pods still carry our labels, which are taken off before the group goes, of default/mockb", ready.Message)

	w.services.client = w.client
	w.settle()
	assert.False(t, w.exists(c.Group))
	require.True(t, w.exists(gray))
	assert.Equal(t, map[string]string{"app": "mockb", fixture.TagLabel: "canary"}, gray.Labels)
}

// Somebody removed the mesh before the lanes.
func TestAGroupGoesWhenTheMeshIsGone(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.settle()
	w.mesh.cardsLive = interceptor.NewClient(w.client.(client.WithWatch), interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if _, mesh := list.(*corev1.ConfigMapList); mesh {
				return apierrors.NewNotFound(schema.GroupResource{Resource: "virtualservices"}, "")
			}
			return c.List(ctx, list, opts...)
		}})
	w.delete(c.Group)
	w.settle()
	assert.False(t, w.exists(c.Group))
}
