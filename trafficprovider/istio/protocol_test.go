package istio

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"

	"lanekeeper.io/lane"
)

func TestProtocolsThatAreNotRouted(t *testing.T) {
	for _, tc := range []struct {
		name, app string
		number    int32
		protocol  corev1.Protocol
		want      string
	}{
		{"", "", 8000, "", ""}, // found out
		{"web", "", 8000, corev1.ProtocolTCP, ""},
		{"http", "", 8000, "", ""},
		{"http-web", "", 8000, "", ""},
		{"HTTP2-web", "", 8000, "", ""},
		{"grpc-web", "", 8000, "", ""},
		{"https-web", "", 8443, "", "name https-web"},
		{"tcp-web", "", 8000, "", "name tcp-web"},
		{"tcpweb", "", 8000, "", ""}, // no word that it knows
		{"tls", "", 8443, "", "name tls"},
		{"mongo", "", 27017, "", "name mongo"},
		{"db", "", 3306, "", "a port whose servers speak first"},
		{"http-db", "", 3306, "", ""},
		{"tcp-web", "http", 8000, "", ""}, // appProtocol beats the name
		{"http", "https", 8443, "", "appProtocol https"},
		{"http", "kubernetes.io/wss", 8443, "", "appProtocol kubernetes.io/wss"},
		{"tcp", "kubernetes.io/h2c", 8000, "", ""},
		{"tcp", "example.com/own", 8000, "", ""}, // not known, so found out
		{"dns", "", 53, corev1.ProtocolUDP, "UDP"},
	} {
		p := corev1.ServicePort{Name: tc.name, Port: tc.number, Protocol: tc.protocol}
		if tc.app != "" {
			p.AppProtocol = &tc.app
		}
		assert.Equal(t, tc.want, opaqueProtocol(p), "%+v", tc)
	}
}

func TestSettingsOfAServiceThatLanesUnderstandOtherwise(t *testing.T) {
	service := func(edit func(*corev1.Service)) *corev1.Service {
		s := &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{{Port: 8000}}}}
		edit(s)
		return s
	}
	for _, tc := range []struct {
		service *corev1.Service
		want    string
	}{
		{service(func(*corev1.Service) {}), ""},
		{service(func(s *corev1.Service) { s.Spec.PublishNotReadyAddresses = true }), "addresses of pods that are not ready"},
	} {
		settings := (&Provider{}).ReadService(tc.service, nil)
		assert.Equal(t, tc.service.Spec.PublishNotReadyAddresses, settings.Unready)
		notes := settings.Notes
		if tc.want == "" {
			assert.Empty(t, notes)
			continue
		}
		if assert.Len(t, notes, 1) {
			assert.Contains(t, notes[0].Message, tc.want)
		}
	}
}

func TestEndpointsOfTheCallersNodeOnly(t *testing.T) {
	for policy, want := range map[corev1.ServiceInternalTrafficPolicy]string{
		"": "", corev1.ServiceInternalTrafficPolicyCluster: "",
		corev1.ServiceInternalTrafficPolicyLocal: "spec.internalTrafficPolicy: Local, which leaves each client the pods of its own node: set it to Cluster",
	} {
		s := &corev1.Service{}
		if policy != "" {
			s.Spec.InternalTrafficPolicy = &policy
		}
		assert.True(t, strings.HasPrefix((&Provider{}).ReadService(s, nil).Spills, want))
		assert.Equal(t, want == "", (&Provider{}).ReadService(s, nil).Spills == "")
	}
}

func TestPortsThatRoutesMayGoTo(t *testing.T) {
	s := &corev1.Service{Spec: corev1.ServiceSpec{Ports: []corev1.ServicePort{
		{Name: "http", Port: 8080}, {Name: "quic", Port: 8080, Protocol: corev1.ProtocolUDP}, {Name: "tcp", Port: 9000, Protocol: corev1.ProtocolTCP},
	}}}
	assert.Equal(t, []int32{8080, 9000}, lane.Numbers((&Provider{}).ReadService(s, nil).Ports))
}

func TestSettingsThatMakeRequestsSpill(t *testing.T) {
	type annotations = map[string]string
	distribution := func(value string) annotations { return annotations{annotationDistribution: value} }
	for name, tc := range map[string]struct {
		field              string
		service, namespace annotations
		labels             map[string]string
		want               string
	}{
		"nothing":                       {},
		"the field":                     {field: corev1.ServiceTrafficDistributionPreferSameNode, want: "spec.trafficDistribution: unset it"},
		"the annotation":                {service: distribution("PreferClose"), want: "annotation networking.istio.io/traffic-distribution: remove it"},
		"the annotation, in small":      {service: distribution("prefersamezone"), want: "remove it"},
		"no value that Istio knows":     {service: distribution("Any")},
		"the namespace's":               {namespace: distribution("PreferClose"), want: "of its namespace: set it to Any on the Service"},
		"the namespace's is overridden": {service: distribution("Any"), namespace: distribution("PreferClose")},
		"sessions by cookie":            {labels: map[string]string{"istio.io/persistent-session": "c"}, want: "keeps clients at the pod that they met first"},
		"sessions by header":            {labels: map[string]string{"istio.io/persistent-session-header": "h"}, want: "consistentHash"},
		"another namespace annotation":  {namespace: annotations{"x": "PreferClose"}},
	} {
		s := &corev1.Service{}
		s.Annotations, s.Labels = tc.service, tc.labels
		if tc.field != "" {
			s.Spec.TrafficDistribution = &tc.field
		}
		got := (&Provider{}).ReadService(s, tc.namespace).Spills
		assert.Equal(t, tc.want == "", got == "", name)
		assert.Contains(t, got, tc.want, name)
	}
}
