package rolloutwatch

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	w.mesh.services[mockb], w.mesh.entries["rollout"] = []string{"base"}, []string{"base"}
	w.settle()
	assert.Empty(t, w.mesh.services)
	assert.Empty(t, w.mesh.entries)
}

// A replica that has just become the leader may know an object of ours before
// it knows the group, or an older group as it was.
func TestACacheThatIsBehindWithdrawsNothing(t *testing.T) {
	c := fixture.NewChain()
	c.Group.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	older := fixture.Group(func(g *apiv1.ASMSwimLaneGroup) {
		g.Name, g.UID, g.CreationTimestamp = "first", "uid-first", metav1.NewTime(time.Unix(1000, 0))
	})
	for name, cached := range map[string][]client.Object{
		"the group is not there yet":                  {c.Base, c.Gray},
		"an older group still has the Service":        c.Objects(older),
		"an older group has it, and ours lost it too": append(c.Objects(older)[1:], fixture.Group(fixture.OfServices())),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.Objects()...)
			w.settle()
			w.mesh.entries["rollout"] = []string{"base"}
			stale := newClusterOn(t, fixture.Client(t, addIndexes, cached...))
			stale.API = w.client
			w.services.cluster, w.groups.cluster = stale, stale

			result, err := w.services.Reconcile(t.Context(), mockb)
			require.NoError(t, err)
			assert.Equal(t, staleAfter, result.RequeueAfter)
			_, err = w.groups.Reconcile(t.Context(), requestFor(c.Group))
			require.NoError(t, err)
			assert.Equal(t, []string{"base"}, w.mesh.services[mockb])
			assert.Contains(t, w.mesh.entries, "rollout")
		})
	}
}

// What an older group has is withdrawn in order, and the API server asked no more than
// there is to withdraw.
func TestAWithdrawalIsConfirmedOnlyIfThereIsSomethingToWithdraw(t *testing.T) {
	c := fixture.NewChain()
	c.Group.CreationTimestamp = metav1.NewTime(time.Unix(2000, 0))
	older := fixture.Group(func(g *apiv1.ASMSwimLaneGroup) {
		g.Name, g.UID, g.CreationTimestamp = "first", "uid-first", metav1.NewTime(time.Unix(1000, 0))
	})
	w := newWorld(t, c.Objects(older)...)
	w.mesh.services[mockb] = []string{"base"}
	asked := 0
	w.services.cluster.API = interceptor.NewClient(w.client.(client.WithWatch), interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			asked++
			return c.Get(ctx, key, o, opts...)
		}})
	require.NoError(t, w.reconcile())
	assert.Empty(t, w.mesh.services)
	assert.Equal(t, 2, asked, "for both groups")
	require.NoError(t, w.reconcile())
	assert.Equal(t, 2, asked)
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
