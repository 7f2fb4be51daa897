package facts

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/lane"
)

func (c *Cluster) serviceFacts(ctx context.Context, s *corev1.Service) (lane.Service, error) {
	out := lane.Service{Key: client.ObjectKeyFromObject(s), Found: true, Selector: s.Spec.Selector}
	if c.Mesh != nil {
		namespace := NamespaceMeta()
		if _, err := c.Get(ctx, client.ObjectKey{Name: s.Namespace}, namespace); err != nil {
			return out, err
		}
		out.Settings = c.Mesh.ReadService(s, namespace.Annotations)
	} else {
		out.Ports = portsOf(s)
	}
	out.Unsupported = laneless(s)
	return out, nil
}

// portsOf are a Service's ports, whatever the mesh makes of them. Ports without connections
// are none to it.
func portsOf(s *corev1.Service) []lane.Port {
	var out []lane.Port
	for _, p := range s.Spec.Ports {
		if p.Protocol == "" || p.Protocol == corev1.ProtocolTCP {
			out = append(out, lane.Port{Number: p.Port})
		}
	}
	return out
}

// laneless is why a Service cannot carry lanes; empty when it can.
func laneless(s *corev1.Service) string {
	switch {
	case s.Spec.Type == corev1.ServiceTypeExternalName:
		return "it is of type ExternalName, which has no pods: use a Service with a cluster IP"
	case s.Spec.ClusterIP == corev1.ClusterIPNone:
		return "it is headless, so its clients choose the pod themselves: use a Service with a cluster IP"
	case len(s.Spec.Selector) == 0:
		return "it has no selector, so its pods are not known: give it one"
	}
	return ""
}

// NamespaceMeta is an empty namespace, to read and watch the metadata of.
func NamespaceMeta() *metav1.PartialObjectMetadata {
	return &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Namespace"}}
}
