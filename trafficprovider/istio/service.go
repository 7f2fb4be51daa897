package istio

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
)

// What a Service's own settings mean in Istio.

const (
	annotationExportTo     = "networking.istio.io/exportTo"
	annotationDistribution = "networking.istio.io/traffic-distribution"
)

// ReadService returns what a Service's settings mean for lanes. Those of its namespace count
// where it says nothing itself.
func (*Provider) ReadService(service *corev1.Service, namespace map[string]string) lane.Settings {
	out := lane.Settings{Spills: spills(service, namespace), Export: export(service), Unready: service.Spec.PublishNotReadyAddresses}
	for _, p := range service.Spec.Ports {
		out.Ports = append(out.Ports, lane.Port{Number: p.Port, Opaque: opaqueProtocol(p), Outside: !connects(p)})
	}
	if service.Spec.PublishNotReadyAddresses {
		out.Notes = append(out.Notes, lane.Problem{Reason: apiv1.ReasonServiceUnsupported,
			Message: "it publishes the addresses of pods that are not ready, so that requests of a lane meet them too early: take publishNotReadyAddresses out"})
	}
	return out
}

// spills is the setting that makes Istio send endpoints that are not ready, whatever a
// DestinationRule says (istio.io/istio pilot/pkg/model, ForcesSupportUnhealthyEndpoints and
// SupportsDrainingEndpoints), with the cure. Envoy then counts a rank of one ready and one
// starting pod as 70 % healthy.
func spills(service *corev1.Service, namespace map[string]string) string {
	const near = "; for endpoints near to the caller set loadBalancer.localityLbSetting.failoverPriority: [topology.kubernetes.io/region, topology.kubernetes.io/zone] in the group's trafficPolicyPatch"
	switch own, everybodys := service.Annotations[annotationDistribution], namespace[annotationDistribution]; {
	case service.Spec.InternalTrafficPolicy != nil && *service.Spec.InternalTrafficPolicy == corev1.ServiceInternalTrafficPolicyLocal:
		// A proxy gets the endpoints of its own node only (pilot/pkg/xds/endpoints, NodeLocal).
		return "spec.internalTrafficPolicy: Local, which leaves each client the pods of its own node: set it to Cluster" + near
	case service.Spec.TrafficDistribution != nil:
		return "spec.trafficDistribution: unset it" + near
	case distributes(own):
		return "annotation " + annotationDistribution + ": remove it" + near
	case own == "" && distributes(everybodys):
		return "annotation " + annotationDistribution + " of its namespace: set it to Any on the Service" + near
	}
	for _, label := range sessionLabels {
		if service.Labels[label] != "" {
			return "label " + label + ", which also keeps clients at the pod that they met first: remove it, and set loadBalancer.consistentHash in the group's trafficPolicyPatch if clients are to stay with a pod of their lane"
		}
	}
	return ""
}

// sessionLabels are those of Istio's persistent sessions, unless istiod has others
// (PILOT_PERSISTENT_SESSION_LABEL, PILOT_PERSISTENT_SESSION_HEADER_LABEL).
var sessionLabels = []string{"istio.io/persistent-session", "istio.io/persistent-session-header"}

// distributes reports whether an annotation's value prefers some endpoints. Others than
// these count as none (pilot/pkg/model.GetTrafficDistribution).
func distributes(value string) bool {
	return slices.Contains([]string{"preferclose", "prefersamezone", "prefersamenode"}, strings.ToLower(value))
}

// export reads to whom the Service is shown, as istiod does (istio.io/istio pilot/pkg/model,
// initServiceRegistry): a star shows it to everybody whatever else is said, else a tilde hides it
// from all. Without the annotation the mesh's defaultServiceExportTo counts, which is not known here.
func export(service *corev1.Service) *lane.Export {
	to := service.Annotations[annotationExportTo]
	if to == "" {
		return nil
	}
	out, nobody := &lane.Export{Setting: "annotation " + annotationExportTo + ": " + lane.Brief(to)}, false
	for part := range strings.SplitSeq(to, ",") {
		switch namespace := strings.TrimSpace(part); namespace {
		case "*":
			return nil
		case "~":
			nobody = true
		case ".":
			out.Namespaces = append(out.Namespaces, service.Namespace)
		case "":
		default:
			out.Namespaces = append(out.Namespaces, namespace)
		}
	}
	if nobody {
		out.Namespaces = nil
	}
	slices.Sort(out.Namespaces)
	out.Namespaces = slices.Compact(out.Namespaces)
	return out
}
