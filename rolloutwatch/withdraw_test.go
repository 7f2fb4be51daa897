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
)

// A group whose finalizer somebody took away left its traffic behind.
func TestTrafficOfAGroupThatIsGoneIsWithdrawn(t *testing.T) {
	w := newWorld(t, newChain().objects()[3:]...)
	key := serviceRequest{"rollout", mockb}
	w.mesh.services[key], w.mesh.entries["rollout"] = []string{"base"}, []string{"base"}
	w.settle()
	assert.Empty(t, w.mesh.services)
	assert.Empty(t, w.mesh.entries)
}

// A replica that has just become the leader may know an object of ours before
// it knows the group.
func TestACacheThatIsBehindWithdrawsNothing(t *testing.T) {
	c := newChain()
	w := newWorld(t, c.objects()...)
	w.settle()
	w.mesh.entries["rollout"] = []string{"base"}
	behind := func() client.Client { return fakeClient(t, c.base, c.gray) }
	stale := &Facts{Client: behind(), Live: w.client}
	stale.rollouts.Store(true)
	w.services.facts, w.groups.facts, w.groups.client = stale, stale, behind()
	w.groups.objects.cache = behind()

	require.NoError(t, w.look())
	_, err := w.groups.Reconcile(t.Context(), requestFor(c.group))
	require.NoError(t, err)
	assert.Equal(t, []string{"base"}, w.mesh.services[serviceRequest{"rollout", mockb}])
	assert.Contains(t, w.mesh.entries, "rollout")
}

func TestAGroupStaysUntilItsPodsAreAsBefore(t *testing.T) {
	c := newChain()
	gray := newPod("canary-1", "canary", nil)
	w := newWorld(t, c.objects(gray)...)
	w.settle()
	w.services.client = interceptor.NewClient(w.client.(client.WithWatch), interceptor.Funcs{
		Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
			return errors.New("a policy refuses it")
		}})
	w.delete(c.group)
	require.NoError(t, w.look(), "the routes go")
	require.Error(t, w.look(), "and then the labels")
	w.rollUp()
	ready := condition(t, w.group().Status.Conditions, apiv1.ConditionReady)
	assert.Equal(t, apiv1.ReasonDeleting, ready.Reason)
	assert.Equal(t, "pods still carry our labels, which are taken off before the group goes, of default/mockb", ready.Message)

	w.services.client = w.client
	w.settle()
	assert.False(t, w.exists(c.group))
	require.True(t, w.exists(gray))
	assert.Equal(t, map[string]string{"app": "mockb", tagLabel: "canary"}, gray.Labels)
}

// Somebody removed the mesh before the lanes.
func TestAGroupGoesWhenTheMeshIsGone(t *testing.T) {
	c := newChain()
	w := newWorld(t, c.objects()...)
	w.settle()
	w.groups.objects.live = interceptor.NewClient(w.client.(client.WithWatch), interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if _, mesh := list.(*corev1.ConfigMapList); mesh {
				return apierrors.NewNotFound(schema.GroupResource{Resource: "virtualservices"}, "")
			}
			return c.List(ctx, list, opts...)
		}})
	w.delete(c.group)
	w.settle()
	assert.False(t, w.exists(c.group))
}
