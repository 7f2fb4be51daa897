package facts

import (
	"slices"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"lanekeeper.io/lane"
)

// Which ports of a Service lead to a pod. Kubernetes publishes an endpoint without the ports that it
// cannot find on the pod (k8s.io/endpointslice, FindPort).

// portNames are those that a Service asks for and the pod lacks. A port number needs no container
// that has it.
func portNames(service *corev1.Service, pod *corev1.Pod) lane.PortNames {
	out := lane.PortNames{All: len(service.Spec.Ports) > 0}
	for _, p := range service.Spec.Ports {
		if p.TargetPort.Type == intstr.Int || hasPort(pod, p.TargetPort.StrVal, p.Protocol) {
			out.All = false
			continue
		}
		out.Missing = append(out.Missing, p.TargetPort.StrVal)
	}
	slices.Sort(out.Missing)
	out.Missing = slices.Compact(out.Missing)
	return out
}

func hasPort(pod *corev1.Pod, name string, protocol corev1.Protocol) bool {
	for _, c := range lasting(pod) {
		if slices.ContainsFunc(c.Ports, func(p corev1.ContainerPort) bool { return p.Name == name && p.Protocol == protocol }) {
			return true
		}
	}
	return false
}

// lasting are the containers that run as long as the pod does: an init container that is started
// again whenever it ends is a sidecar.
func lasting(pod *corev1.Pod) []corev1.Container {
	out := pod.Spec.Containers
	for _, c := range pod.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			out = append(slices.Clip(out), c)
		}
	}
	return out
}

// namedPorts is a container that has all named ports of the pod and nothing else; none without
// one. A Service finds by their names what it finds on the pod.
func namedPorts(pod *corev1.Pod) []corev1.Container {
	var ports []corev1.ContainerPort
	for _, c := range lasting(pod) {
		for _, p := range c.Ports {
			if p.Name != "" {
				ports = append(ports, corev1.ContainerPort{Name: p.Name, Protocol: p.Protocol})
			}
		}
	}
	return portLists.container(ports)
}

// portLists are the containers of named ports that cached pods share: most pods have the ports of some
// other, and a Container is the largest part of what is kept of a pod.
var portLists sharedPorts

type sharedPorts struct {
	mu   sync.Mutex
	seen map[string][]corev1.Container
}

// maxPortLists bounds what is remembered, since anybody can name ports. Pods keep what they have.
const maxPortLists = 1000

// container is one that has the ports, for all that ask for the same ones; none for no ports. It
// is read only, as all of a cached object is.
func (s *sharedPorts) container(ports []corev1.ContainerPort) []corev1.Container {
	if len(ports) == 0 {
		return nil
	}
	var key strings.Builder
	for _, p := range ports {
		key.WriteString(p.Name + "/" + string(p.Protocol) + ",")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	shared, ok := s.seen[key.String()]
	if !ok {
		if s.seen == nil || len(s.seen) == maxPortLists {
			s.seen = map[string][]corev1.Container{}
		}
		shared = []corev1.Container{{Ports: slices.Clip(ports)}}
		s.seen[key.String()] = shared
	}
	return shared
}
