package fleet

import (
	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
)

func newGroup() *apiv1.ASMSwimLaneGroup {
	return &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: Group}, Spec: apiv1.ASMSwimLaneGroupSpec{
		IsPermissive: true, AutoUpdate: true,
		PermissiveModeConfiguration: apiv1.PermissiveModeConfiguration{FallbackTarget: Base, RouteHeader: "x-asm-prefer-tag", TraceHeader: "x-asm-prefer-tag"},
		Ingress:                     apiv1.GroupIngress{Gateway: apiv1.GatewayReference{Name: "ingressgateway", Namespace: "default", Type: "ASM"}},
		Services:                    []apiv1.ServiceReference{{Namespace: namespace(0), Name: Service(0)}},
	}}
}

// newLane enters at the first Service.
func newLane(name string) *apiv1.ASMSwimLane {
	return &apiv1.ASMSwimLane{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{apiv1.LabelSwimLaneGroup: Group}},
		Spec: apiv1.ASMSwimLaneSpec{LabelSelector: map[string]string{tag: name}, IngressRules: []apiv1.IngressRule{{
			Name: "entry", Online: true, Hosts: []string{"*"},
			Match: apiv1.RequestMatch{Headers: map[string]apiv1.StringMatch{"x-asm-prefer-tag": {Exact: name}}},
			Route: apiv1.IngressRoute{Destination: apiv1.Destination{Host: Service(0) + "." + namespace(0) + ".svc.cluster.local"}},
		}}},
	}
}

func newService(n int) *corev1.Service {
	return &corev1.Service{ObjectMeta: meta(n, Service(n)), Spec: corev1.ServiceSpec{
		Selector: map[string]string{"app": Service(n)}, Ports: []corev1.ServicePort{{Port: 8000, Name: "http"}}}}
}

// newDeployment is of a Service's version whose pods carry a lane's label.
func newDeployment(n int, version, lane string) *appsv1.Deployment {
	labels := map[string]string{"app": Service(n), "version": version, tag: lane}
	return &appsv1.Deployment{ObjectMeta: meta(n, Service(n)+"-"+version), Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": Service(n), "version": version}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: podSpec()},
	}}
}

// podSpec has what pods of ordinary size have: two containers with probes,
// resources, variables and mounts.
func podSpec() corev1.PodSpec {
	container := func(name string) corev1.Container {
		return corev1.Container{
			Name: name, Image: "registry.example.com/team/" + name + ":1.0",
			Ports: []corev1.ContainerPort{{Name: name, ContainerPort: 8000}},
			Env:   []corev1.EnvVar{{Name: "PORT", Value: "8000"}, {Name: "REGION", Value: "one"}, {Name: "LOG_LEVEL", Value: "info"}},
			ReadinessProbe: &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{
				Port: portNamed(name)}}},
			VolumeMounts: []corev1.VolumeMount{{Name: "work", MountPath: "/work"}},
		}
	}
	return corev1.PodSpec{
		Containers: []corev1.Container{container("application"), container("istio-proxy")},
		Volumes:    []corev1.Volume{{Name: "work", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}},
	}
}

func newRollout(n int, lane string) *kruisev1beta1.Rollout {
	r := &kruisev1beta1.Rollout{ObjectMeta: meta(n, Service(n)), Spec: kruisev1beta1.RolloutSpec{
		WorkloadRef: kruisev1beta1.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Name: Service(n) + "-v1"},
		Strategy: kruisev1beta1.RolloutStrategy{Canary: &kruisev1beta1.CanaryStrategy{
			EnableExtraWorkloadForCanary: true, Steps: []kruisev1beta1.CanaryStep{{}},
		}},
	}}
	r.Annotations = map[string]string{apiv1.AnnotationLane: lane}
	return r
}

func meta(n int, name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: namespace(n), Name: name}
}

func ownedBy(o client.Object, kind string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: o.GetName(), UID: o.GetUID(), Controller: new(true)}}
}
