package rolloutwatch

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

// A rule to a port that is gone is left out alone, and named on the group and on its
// lane until the port is back.
func TestARuleToAPortThatIsGone(t *testing.T) {
	c := fixture.NewChain()
	fixture.EnterAt("istio-system", "gw")(c.Group)
	toPort := func(l *apiv1.ASMSwimLane, port int32) {
		fixture.IngressTo("mockb.default.svc.cluster.local")(l)
		l.Spec.IngressRules[0].Route.Destination.PortNum = port
	}
	toPort(c.Base, 8000)
	toPort(c.Gray, 9000)
	ports := []corev1.ServicePort{{Name: "http", Port: 8000}, {Name: "more", Port: 9000}}
	c.Service.Spec.Ports = ports
	w := newWorld(t, c.Objects()...)
	w.settle()
	w.condition(w.group().Status.Conditions, apiv1.ConditionIngressProgrammed, metav1.ConditionTrue, apiv1.ReasonProgrammed)

	w.setPorts(ports[:1])
	w.settle()
	said := w.condition(w.group().Status.Conditions, apiv1.ConditionIngressProgrammed, metav1.ConditionFalse, apiv1.ReasonPortNotFound)
	assert.Equal(t, "ingress rule entry of lane canary is left out: it goes to port 9000 of Service default/mockb, which has port 8000: correct destination.portNum; the other rules are in force", said)
	assert.Equal(t, []string{"base"}, w.mesh.entered[len(w.mesh.entered)-1].Lanes())
	w.condition(w.lane("canary").Status.Conditions, apiv1.ConditionReady, metav1.ConditionFalse, apiv1.ReasonPortNotFound)
	w.condition(w.lane("base").Status.Conditions, apiv1.ConditionReady, metav1.ConditionTrue, apiv1.ReasonProgrammed)

	w.mesh.unread = errors.New("the cache is on fire")
	_, err := w.groups.Reconcile(t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Name: "rollout"}})
	require.ErrorIs(t, err, w.mesh.unread)
	w.mesh.unread = nil
	_, err = w.lanes.Reconcile(t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Name: "canary"}})
	require.NoError(t, err)
	w.condition(w.lane("canary").Status.Conditions, apiv1.ConditionReady, metav1.ConditionFalse, apiv1.ReasonPortNotFound)

	w.setPorts(ports)
	w.settle()
	w.condition(w.group().Status.Conditions, apiv1.ConditionIngressProgrammed, metav1.ConditionTrue, apiv1.ReasonProgrammed)
	assert.NotContains(t, meta.FindStatusCondition(w.lane("canary").Status.Conditions, apiv1.ConditionReady).Message, "left out")
}

// A rule without a port goes on meaning the one that its route has, also when somebody deletes that.
func TestARuleWithoutAPortOutlivesItsRoute(t *testing.T) {
	c := fixture.NewChain()
	fixture.EnterAt("istio-system", "gw")(c.Group)
	fixture.IngressTo("mockb.default.svc.cluster.local")(c.Base)
	c.Service.Spec.Ports = []corev1.ServicePort{{Name: "http", Port: 8000}, {Name: "more", Port: 9000}}
	w := newWorld(t, c.Objects()...)
	w.mesh.routes["rollout"] = map[string]lane.LiveRoute{"base/entry": {Readable: true, Service: fixture.Mockb, Port: 9000}}
	w.settle()
	w.condition(w.group().Status.Conditions, apiv1.ConditionIngressProgrammed, metav1.ConditionTrue, apiv1.ReasonProgrammed)

	delete(w.mesh.routes, "rollout")
	_, err := w.groups.Reconcile(t.Context(), reconcile.Request{NamespacedName: types.NamespacedName{Name: "rollout"}})
	require.NoError(t, err)
	last := w.mesh.entered[len(w.mesh.entered)-1]
	require.NotEmpty(t, last.Routes)
	assert.Equal(t, int32(9000), last.Routes[0].Port)
}

func (w *world) setPorts(ports []corev1.ServicePort) {
	w.t.Helper()
	var service corev1.Service
	require.NoError(w.t, w.client.Get(w.t.Context(), fixture.Mockb, &service))
	service.Spec.Ports = ports
	require.NoError(w.t, w.client.Update(w.t.Context(), &service))
}

// condition requires a condition and returns its message.
func (w *world) condition(conditions []metav1.Condition, kind string, status metav1.ConditionStatus, reason string) string {
	w.t.Helper()
	c := meta.FindStatusCondition(conditions, kind)
	require.NotNil(w.t, c, kind)
	require.Equal(w.t, status, c.Status, "%s: %s", c.Reason, c.Message)
	require.Equal(w.t, reason, c.Reason, c.Message)
	return c.Message
}
