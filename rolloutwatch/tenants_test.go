package rolloutwatch

import (
	"context"
	"errors"
	"testing"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/rolloutwatch/status"
)

// Somebody has a namespace, and objects in it that look like a group's. What he does not
// let go of must keep neither a lane nor the group.
func TestNothingOfATenantsKeepsALaneOrAGroup(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.settle()
	service, entry := card("like-a-service", "rollout", "shop"), card("like-an-entry", "rollout", "")
	service.Namespace, entry.Namespace = "tenant", "tenant"
	service.Labels[apiv1.LabelServiceNamespace] = "tenant"
	w.create(service, entry)
	stuck := types.NamespacedName{Namespace: "tenant", Name: "shop"}
	w.store.Publish(lane.GroupService{Group: "rollout", Service: stuck}, status.Service{Observed: true, State: lane.StateWithdrawn})

	w.delete(c.Gray)
	w.settle()
	assert.False(t, w.exists(c.Gray))
	w.delete(c.Group)
	w.settle()
	assert.False(t, w.exists(c.Group))
	assert.True(t, w.exists(service))
	assert.True(t, w.exists(entry))
}

// The same in a namespace in which the group had a Service: it leaves in order.
func TestWhatAGroupHadIsWaitedFor(t *testing.T) {
	c := fixture.NewChain()
	w := newWorld(t, c.Objects()...)
	w.settle()
	w.create(card("left", "rollout", "mockb"))
	g := w.group()
	g.Spec.Services = nil
	require.NoError(t, w.client.Update(t.Context(), g))
	w.settle()
	w.delete(g)
	w.settle()
	require.True(t, w.exists(g), "its objects are still there")
	w.delete(card("left", "rollout", "mockb"))
	w.settle()
	assert.False(t, w.exists(g))
}

func TestAGroupSaysWhereItsObjectsAreBeforeThereAreAny(t *testing.T) {
	c := fixture.NewChain()
	enterAt(c.Group, "gw")
	c.Base.Spec.IngressRules = []apiv1.IngressRule{enterBy("/shop")}
	w := newWorld(t, c.Objects()...)
	w.groups.client = interceptor.NewClient(w.client.(client.WithWatch), interceptor.Funcs{
		Patch: func(context.Context, client.WithWatch, client.Object, client.Patch, ...client.PatchOption) error {
			return errors.New("refused")
		}})
	_, err := w.groups.Reconcile(t.Context(), requestFor(c.Group))
	require.Error(t, err)
	assert.Empty(t, w.mesh.entered, "a restart would not know of it")

	w.groups.client = w.client
	w.settle()
	assert.Equal(t, map[string]string{apiv1.AnnotationServiceNamespaces: "default", apiv1.AnnotationEntryNamespaces: "default"}, w.group().Annotations)
	g := w.group()
	g.Spec.Services, g.Spec.Ingress.Gateway = nil, apiv1.GatewayReference{Namespace: "edge", Name: "gw"}
	require.NoError(t, w.client.Update(t.Context(), g))
	w.settle()
	assert.Equal(t, map[string]string{apiv1.AnnotationServiceNamespaces: "default", apiv1.AnnotationEntryNamespaces: "default,edge"}, w.group().Annotations)
	assert.Equal(t, []string{apiv1.FinalizerLanes}, w.group().Finalizers)
}

// The Registry knows of another Gateway than the group that was read.
func TestAnEntryWaitsUntilItsNamespaceIsKnown(t *testing.T) {
	c := fixture.NewChain()
	enterAt(c.Group, "gw")
	c.Base.Spec.IngressRules = []apiv1.IngressRule{enterBy("/shop")}
	w := newWorld(t, c.Objects()...)
	w.settle()
	older := w.group()
	moved := older.DeepCopy()
	moved.Spec.Ingress.Gateway.Namespace = "edge"
	require.NoError(t, w.client.Update(t.Context(), moved))
	behind := interceptor.NewClient(w.client.(client.WithWatch), interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, o client.Object, opts ...client.GetOption) error {
			if g, ok := o.(*apiv1.ASMSwimLaneGroup); ok {
				older.DeepCopyInto(g)
				return nil
			}
			return c.Get(ctx, key, o, opts...)
		}})
	w.groups.cluster = &facts.Cluster{Cache: behind, API: w.client}
	require.NoError(t, w.groups.cluster.Serve(&kruisev1beta1.Rollout{}))
	entered := len(w.mesh.entered)

	result, err := w.groups.Reconcile(t.Context(), requestFor(c.Group))

	require.NoError(t, err)
	assert.Equal(t, staleAfter, result.RequeueAfter)
	assert.Len(t, w.mesh.entered, entered)
}
