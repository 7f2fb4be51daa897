package istio

import (
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

// ReadService returns a Service's ports, and notes of settings that lanes and Istio
// understand differently.
func (*Provider) ReadService(service *corev1.Service) ([]lane.Port, []lane.Problem) {
	var ports []lane.Port
	for _, p := range service.Spec.Ports {
		ports = append(ports, lane.Port{Number: p.Port, Opaque: opaqueProtocol(p)})
	}
	var notes []lane.Problem
	note := func(message string) {
		notes = append(notes, lane.Problem{Reason: apiv1.ReasonServiceUnsupported, Message: message})
	}
	if to := service.Annotations[annotationExportTo]; to != "" && !exportsToAll(to) {
		note("its annotation " + annotationExportTo + ": " + to + " hides it from other namespaces, where gateways and clients that are routed to it answer 503: " +
			"add the namespaces of the Gateway's pods and of its callers")
	}
	if service.Spec.PublishNotReadyAddresses {
		note("it publishes the addresses of pods that are not ready, so that requests of a lane meet them too early: take publishNotReadyAddresses out")
	}
	if service.Spec.TrafficDistribution != nil || service.Annotations[annotationDistribution] != "" {
		note("its spec.trafficDistribution, or its annotation " + annotationDistribution + ", has no effect in the group, since lanes decide which endpoints come first: unset it, or take the Service out of the group")
	}
	return ports, notes
}

func exportsToAll(list string) bool {
	for to := range strings.SplitSeq(list, ",") {
		if strings.TrimSpace(to) == "*" {
			return true
		}
	}
	return false
}
