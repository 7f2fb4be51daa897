package facts

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

func container(name string, protocol corev1.Protocol) corev1.Container {
	return corev1.Container{Name: "app", Image: "app:1", Ports: []corev1.ContainerPort{
		{ContainerPort: 9000}, {Name: name, ContainerPort: 8000, Protocol: protocol}}}
}

// What is asked of a pod, as it is and as the cache keeps it.
func TestPortsOfAServiceOnAPod(t *testing.T) {
	sidecar := container("web", corev1.ProtocolTCP)
	sidecar.RestartPolicy = new(corev1.ContainerRestartPolicyAlways)
	web, number, admin := intstr.FromString("web"), intstr.FromInt32(8000), intstr.FromString("admin")
	none := lane.PortNames{Missing: []string{"web"}, All: true}
	for name, tc := range map[string]struct {
		targets []intstr.IntOrString
		spec    corev1.PodSpec
		want    lane.PortNames
	}{
		"a number":                {[]intstr.IntOrString{number}, corev1.PodSpec{}, lane.PortNames{}},
		"no target":               {[]intstr.IntOrString{{}}, corev1.PodSpec{}, lane.PortNames{}},
		"a name":                  {[]intstr.IntOrString{web}, corev1.PodSpec{Containers: []corev1.Container{{}, container("web", corev1.ProtocolTCP)}}, lane.PortNames{}},
		"another name":            {[]intstr.IntOrString{web}, corev1.PodSpec{Containers: []corev1.Container{container("http", corev1.ProtocolTCP)}}, none},
		"another protocol":        {[]intstr.IntOrString{web}, corev1.PodSpec{Containers: []corev1.Container{container("web", corev1.ProtocolUDP)}}, none},
		"no container":            {[]intstr.IntOrString{web, web}, corev1.PodSpec{}, none},
		"a sidecar":               {[]intstr.IntOrString{web}, corev1.PodSpec{InitContainers: []corev1.Container{sidecar}}, lane.PortNames{}},
		"one that has its end":    {[]intstr.IntOrString{web}, corev1.PodSpec{InitContainers: []corev1.Container{container("web", corev1.ProtocolTCP)}}, none},
		"one of two":              {[]intstr.IntOrString{admin, number}, corev1.PodSpec{}, lane.PortNames{Missing: []string{"admin"}}},
		"neither of two, by name": {[]intstr.IntOrString{web, admin}, corev1.PodSpec{}, lane.PortNames{Missing: []string{"admin", "web"}, All: true}},
	} {
		t.Run(name, func(t *testing.T) {
			service := &corev1.Service{}
			for _, target := range tc.targets {
				service.Spec.Ports = append(service.Spec.Ports, corev1.ServicePort{Port: 80, Protocol: corev1.ProtocolTCP, TargetPort: target})
			}
			pod := &corev1.Pod{Spec: tc.spec}
			assert.Equal(t, tc.want, portNames(service, pod))
			cached, err := stripPod(nil)(pod)
			require.NoError(t, err)
			assert.Equal(t, tc.want, portNames(service, cached.(*corev1.Pod)), "of the cache")
		})
	}
}

func TestTheCacheKeepsOnlyTheNamesOfPorts(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{NodeName: "node", Containers: []corev1.Container{container("web", corev1.ProtocolTCP), {Image: "b"}}}}
	cached, err := stripPod(nil)(pod)
	require.NoError(t, err)
	assert.Equal(t, corev1.PodSpec{Containers: []corev1.Container{{Ports: []corev1.ContainerPort{{Name: "web", Protocol: corev1.ProtocolTCP}}}}},
		cached.(*corev1.Pod).Spec)
}

func TestAPodWithoutThePortOfItsServiceIsNotReady(t *testing.T) {
	for name, ready := range map[string]bool{"web": true, "http": false} {
		c := fixture.NewChain()
		c.Service.Spec.Ports[0].TargetPort = intstr.FromString("web")
		c.Pod.Spec.Containers = []corev1.Container{container(name, "")}
		s := snapshot(t, newCluster(t, c.Objects()...))
		require.Len(t, s.Pods, 1)
		assert.Equal(t, ready, s.Pods[0].Ready, name)
		assert.Equal(t, !ready, s.Pods[0].PortNames.All, name)
	}
}

// Pods with the same ports share what is kept of them, and what is remembered has a bound.
func TestPodsSharePortLists(t *testing.T) {
	var s sharedPorts
	web := []corev1.ContainerPort{{Name: "web", Protocol: corev1.ProtocolTCP}}
	first := s.container(web)
	assert.Same(t, &first[0], &s.container(slices.Clone(web))[0])
	assert.NotSame(t, &first[0], &s.container([]corev1.ContainerPort{{Name: "web", Protocol: corev1.ProtocolUDP}})[0])
	assert.Nil(t, s.container(nil))
	for i := range maxPortLists + 10 {
		s.container([]corev1.ContainerPort{{Name: fmt.Sprint("p", i)}})
		assert.LessOrEqual(t, len(s.seen), maxPortLists)
	}
	assert.Equal(t, web, first[0].Ports)
}
