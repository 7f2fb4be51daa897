package facts

import (
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

func (c *Cluster) serviceFacts(s *corev1.Service) lane.Service {
	out := lane.Service{Key: client.ObjectKeyFromObject(s), Found: true}
	if c.Mesh != nil {
		out.Ports, out.Notes = c.Mesh.ReadService(s)
	} else {
		for _, p := range s.Spec.Ports {
			out.Ports = append(out.Ports, lane.Port{Number: p.Port})
		}
	}
	switch {
	case s.Spec.Type == corev1.ServiceTypeExternalName:
		out.Unsupported = "it is of type ExternalName, which has no pods: use a Service with a cluster IP"
	case s.Spec.ClusterIP == corev1.ClusterIPNone:
		out.Unsupported = "it is headless, so its clients choose the pod themselves: use a Service with a cluster IP"
	case len(s.Spec.Selector) == 0:
		out.Unsupported = "it has no selector, so its pods are not known: give it one"
	}
	return out
}
