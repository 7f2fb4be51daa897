package providertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/trafficprovider"
)

// In which namespaces an object can be a group's. The other promises are about a group
// that does not exist, whose objects may be anywhere.

// ownGroup is the group as its controller leaves it: it says where its objects are.
func ownGroup(h *harness, gateway types.NamespacedName) *apiv1.ASMSwimLaneGroup {
	g := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: group}}
	_ = h.client.Get(context.Background(), client.ObjectKey{Name: group}, g)
	g.Spec.Services = []apiv1.ServiceReference{{Namespace: service.Namespace, Name: service.Name}}
	g.Spec.Ingress.Gateway = apiv1.GatewayReference{Namespace: gateway.Namespace, Name: gateway.Name}
	lane.NamespacesOf(g).Record(g)
	return g
}

func keyOf(o client.Object) string { return fmt.Sprintf("%T %s", o, o.GetName()) }

// othersNamespacesAreTheirs copies all that there is of a group, with names and labels,
// into a namespace in which the group has nothing.
func othersNamespacesAreTheirs(t *testing.T, h *harness) {
	require.NoError(t, h.client.Create(t.Context(), ownGroup(h, gateway)))
	written := map[string]client.Object{}
	keep := func(out trafficprovider.Outcome) trafficprovider.Outcome {
		for _, w := range out.Writes {
			written[keyOf(w.Object)] = w.Object
		}
		return out
	}
	h.untilComplete(t, func() trafficprovider.Outcome { return keep(h.apply(t, managed("canary"))) })
	h.untilComplete(t, func() trafficprovider.Outcome { return keep(h.applyIngress(t, ingressPlan(true))) })
	objects, err := h.Objects(t.Context(), group)
	require.NoError(t, err)
	assert.Equal(t, len(written), objects)

	goneIngress := lane.IngressPlan{Group: group, State: lane.StateWithdrawn}
	h.applyIngress(t, goneIngress)
	gone := lane.Plan{Group: group, Service: service, State: lane.StateWithdrawn}
	h.complete(t, gone)
	copies := map[client.Object]string{}
	for _, o := range written {
		theirs := o.DeepCopyObject().(client.Object)
		theirs.SetNamespace("tenant")
		theirs.SetResourceVersion("")
		require.NoError(t, h.client.Create(t.Context(), theirs))
		copies[theirs] = theirs.GetResourceVersion()
	}
	assert.False(t, h.live(t).TakenOver())
	assert.False(t, h.live(t).Names("canary"))
	assert.False(t, h.live(t).HeldByOther())
	assert.False(t, h.liveIngress(t).TakenOver())
	assert.False(t, h.liveIngress(t).Names("canary"))
	objects, err = h.Objects(t.Context(), group)
	require.NoError(t, err)
	assert.Zero(t, objects, "the group may go")
	assert.Zero(t, h.apply(t, gone).Written)
	assert.Zero(t, h.applyIngress(t, goneIngress).Written)
	for theirs, version := range copies {
		assert.Equal(t, version, h.get(t.Context(), t, theirs).GetResourceVersion())
		// What speaks for the service, whatever its labels, may be a conflict.
		if owner, _ := h.Provider.OwnerOf(written[keyOf(theirs)]); owner.Service.Name != "" {
			require.NoError(t, h.client.Delete(t.Context(), theirs))
			delete(copies, theirs)
		}
	}
	require.NotEmpty(t, copies, "the ingress")

	h.complete(t, managed("canary"))
	h.complete(t, managed())
	assert.False(t, h.live(t).Names("canary"), "nothing keeps a lane")
	for theirs, version := range copies {
		assert.Equal(t, version, h.get(t.Context(), t, theirs).GetResourceVersion())
	}
}

// earlierGatewaysCount moves a group to a gateway of another namespace, and asks a
// provider that has seen nothing of it.
func earlierGatewaysCount(t *testing.T, h *harness) {
	require.NoError(t, h.client.Create(t.Context(), ownGroup(h, gateway)))
	h.complete(t, managed("canary"))
	h.untilComplete(t, func() trafficprovider.Outcome { return h.applyIngress(t, ingressPlan(true)) })
	next := types.NamespacedName{Namespace: "edge", Name: "gateway"}
	require.NoError(t, h.client.Create(t.Context(), h.gateway(next)))
	require.NoError(t, h.client.Update(t.Context(), ownGroup(h, next)))

	h.Provider = h.another(settle)
	live, err := h.Ingress(t.Context(), group, next)
	require.NoError(t, err)
	assert.True(t, live.TakenOver())
	assert.True(t, live.Names("canary"))
	h.apply(t, managed())
	h.now = h.now.Add(time.Hour)
	assert.False(t, h.apply(t, managed()).Complete(), "the ingress still names the lane's subset")

	moved := ingressPlan(false)
	moved.Gateway = next
	h.untilComplete(t, func() trafficprovider.Outcome { return h.applyIngress(t, moved) })
	objects, err := h.Objects(t.Context(), group)
	require.NoError(t, err)
	h.applyIngress(t, lane.IngressPlan{Group: group, State: lane.StateWithdrawn})
	rest, err := h.Objects(t.Context(), group)
	require.NoError(t, err)
	assert.Equal(t, 1, objects-rest, "there is one ingress again")
	h.complete(t, managed())
}
