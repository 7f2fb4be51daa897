package fleet

import (
	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/internal/fixture"
)

func newGroup() *apiv1.ASMSwimLaneGroup {
	return fixture.Unborn(fixture.Group(fixture.EnterAt("default", "ingressgateway"), func(g *apiv1.ASMSwimLaneGroup) {
		g.Name, g.Spec.PermissiveModeConfiguration.TraceHeader = Group, "x-asm-prefer-tag"
		g.Spec.Services = []apiv1.ServiceReference{{Namespace: namespace(0), Name: Service(0)}}
	}))
}

// newLane enters at the first Service.
func newLane(name string) *apiv1.ASMSwimLane {
	host := Service(0) + "." + namespace(0) + ".svc.cluster.local"
	return fixture.Unborn(fixture.Lane(name, fixture.InGroup(Group), fixture.IngressTo(host), func(l *apiv1.ASMSwimLane) {
		rule := &l.Spec.IngressRules[0]
		rule.Hosts = []string{"*"}
		rule.Match.Headers = map[string]apiv1.StringMatch{"x-asm-prefer-tag": {Exact: name}}
	}))
}

func newService(n int) *corev1.Service {
	return fixture.Unborn(fixture.Service(Service(n), func(s *corev1.Service) {
		s.Namespace, s.Spec.ClusterIP, s.Spec.Ports[0].Name = namespace(n), "", "http"
	}))
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
