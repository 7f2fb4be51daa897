package node

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
)

func TestPlanOfAMeshPod(t *testing.T) {
	pod := testPod()
	pod.Labels[tlsModeLabel] = "istio"
	pod.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: 8000}}
	plan, err := planPod(pod)
	require.NoError(t, err)

	require.NotNil(t, plan.Sidecar)
	assert.Equal(t, proxyUser, plan.Sidecar.UID)
	assert.Contains(t, plan.Sidecar.Program.Argv, "sidecar")
	assert.Contains(t, plan.Sidecar.Program.Argv, "shop.svc.cluster.local")
	var labels string
	for _, e := range plan.Sidecar.Spec.Env {
		if e.Name == "ISTIO_METAJSON_LABELS" {
			labels = e.Value
		}
	}
	assert.Contains(t, labels, `"ASM_TRAFFIC_TAG":"base"`)

	app := plan.Containers[0]
	assert.Equal(t, appUser, app.UID)
	assert.Equal(t, int32(8000), app.Spec.ReadinessProbe.TCPSocket.Port.IntVal, "without a probe, ready means that the port accepts")
	var names []string
	for _, v := range plan.Volumes {
		names = append(names, v.Name)
	}
	assert.Contains(t, names, "istio-token")
}

func TestPlanOfTheGateway(t *testing.T) {
	pod := testPod()
	pod.Labels["istio"] = "ingressgateway"
	pod.Labels[tlsModeLabel] = "istio"
	plan, err := planPod(pod)
	require.NoError(t, err)
	assert.Nil(t, plan.Sidecar, "the gateway is a proxy itself")
	assert.Contains(t, plan.Containers[0].Program.Argv, "router")
	assert.NotEmpty(t, plan.Volumes)
}

func TestPlanWithoutMesh(t *testing.T) {
	pod := testPod()
	pod.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: new(int64(65532))}
	pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "other", Image: "nginx"})
	plan, err := planPod(pod)
	require.NoError(t, err)
	assert.Nil(t, plan.Sidecar)
	assert.Empty(t, plan.Volumes)
	assert.Equal(t, 65532, plan.Containers[0].UID)
	assert.Equal(t, 65532, plan.Containers[0].GID)
	assert.Nil(t, plan.Containers[0].Spec.ReadinessProbe)
	assert.ErrorContains(t, plan.Containers[1].Err, "nginx")
}

func TestPlanOfInitContainers(t *testing.T) {
	pod := testPod()
	pod.Spec.InitContainers = []corev1.Container{{Name: "setup", Image: "mirror/autoinstrumentation-java:2.33.1",
		Command: []string{"cp", "/javaagent.jar", "/otel/javaagent.jar"}}}
	plan, err := planPod(pod)
	require.NoError(t, err)
	require.Len(t, plan.Init, 1)
	assert.Equal(t, []string{"cp", binDir + "/otel/agents/javaagent.jar", "/otel/javaagent.jar"}, plan.Init[0].Program.Argv)
	assert.Equal(t, "/javaagent.jar", pod.Spec.InitContainers[0].Command[1], "the object is as it was")

	pod.Spec.InitContainers[0].Command = []string{"sleep", "1"}
	plan, err = planPod(pod)
	require.NoError(t, err)
	assert.ErrorContains(t, plan.Init[0].Err, "copies no agent")
}

func TestPlanRefusesWhatItCannotRun(t *testing.T) {
	for name, spoil := range map[string]func(*corev1.PodSpec){
		"one that goes on running": func(s *corev1.PodSpec) { s.InitContainers[0].RestartPolicy = new(corev1.ContainerRestartPolicyAlways) },
		"one that may not fail":    func(s *corev1.PodSpec) { s.RestartPolicy = corev1.RestartPolicyNever },
	} {
		pod := testPod()
		pod.Spec.InitContainers = []corev1.Container{{Name: "setup", Image: "pause"}}
		_, err := planPod(pod)
		require.NoError(t, err)
		spoil(&pod.Spec)
		_, err = planPod(pod)
		assert.ErrorContains(t, err, "setup", name)
	}
}

func TestMounts(t *testing.T) {
	pc := plannedContainer{Spec: corev1.Container{VolumeMounts: []corev1.VolumeMount{
		{Name: "conf", MountPath: "/conf", ReadOnly: true}, {Name: "conf", MountPath: "/one.yaml", SubPath: "a/one.yaml"},
	}}}
	got, err := pc.mounts(&volumes{dir: "/v"}, []mount{{Source: "/s", Target: "/t"}})
	require.NoError(t, err)
	assert.Equal(t, []mount{
		{Source: "/s", Target: "/t"}, {Source: "/v/conf", Target: "/conf", ReadOnly: true}, {Source: "/v/conf/a/one.yaml", Target: "/one.yaml"},
	}, got)
}
