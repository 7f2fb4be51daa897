package rolloutwatch

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

// Kubernetes publishes no endpoint of a pod whose containers have no port of the name that the
// Service asks for, however ready the pod is.
func TestALaneWhosePodsHaveNotThePortOfTheService(t *testing.T) {
	c := fixture.NewChain()
	c.Service.Spec.Ports[0].TargetPort = intstr.FromString("web")
	named := func(name string) []corev1.Container {
		return []corev1.Container{{Ports: []corev1.ContainerPort{{Name: name}}}}
	}
	d, rs, pod := c.Canary()
	c.Pod.Spec.Containers, pod.Spec.Containers = named("web"), named("http")
	w := newWorld(t, c.Objects(d, rs, pod, fixture.Rollout("Progressing", "InRolling", ""))...)
	w.settle()
	ready := condition(t, w.lane("canary").Status.Conditions, apiv1.ConditionReady)
	assert.Equal(t, apiv1.ReasonNoReadyPods, ready.Reason)
	assert.Contains(t, ready.Message, "none of its pods is ready (0/1), and tagged requests meet the baseline: no container port is named web")
	assert.Contains(t, w.group().Status.Services[0].Message, "1 of its pods (e.g. canary-1): no container port is named web")
	w.condition(w.group().Status.Conditions, apiv1.ConditionReady, metav1.ConditionTrue, apiv1.ReasonProgrammed)

	w.target("nosuch")
	w.condition(w.group().Status.Conditions, apiv1.ConditionReady, metav1.ConditionFalse, apiv1.ReasonNoBaselinePod)
	assert.Contains(t, w.group().Status.Services[0].Message, "2 of its pods (e.g. canary-1): no container port is named nosuch")

	w.target("http")
	w.condition(w.lane("canary").Status.Conditions, apiv1.ConditionReady, metav1.ConditionTrue, apiv1.ReasonProgrammed)
}

// target gives the Service's port another targetPort.
func (w *world) target(port string) {
	w.t.Helper()
	var service corev1.Service
	require.NoError(w.t, w.client.Get(w.t.Context(), fixture.Mockb, &service))
	service.Spec.Ports[0].TargetPort = intstr.FromString(port)
	require.NoError(w.t, w.client.Update(w.t.Context(), &service))
	w.settle()
}
