package rolloutwatch

import (
	"time"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/require"
	networkingapi "istio.io/api/networking/v1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	apiv1 "lanekeeper.io/api/v1"
)

const tag = "ASM_TRAFFIC_TAG"

func newGroup(name string, services ...string) *apiv1.ASMSwimLaneGroup {
	g := &apiv1.ASMSwimLaneGroup{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: apiv1.ASMSwimLaneGroupSpec{
		IsPermissive: true, AutoUpdate: true,
		PermissiveModeConfiguration: apiv1.PermissiveModeConfiguration{
			FallbackTarget: "base", RouteHeader: "x-asm-prefer-tag", TraceHeader: "my-request-id"},
		Ingress: apiv1.GroupIngress{Gateway: apiv1.GatewayReference{Name: "ingressgateway", Namespace: "default", Type: "ASM"}},
	}}
	for _, s := range services {
		g.Spec.Services = append(g.Spec.Services, apiv1.ServiceReference{Namespace: "default", Name: s})
	}
	return g
}

// newLane enters at mockb.
func newLane(name, group string) *apiv1.ASMSwimLane {
	return &apiv1.ASMSwimLane{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{apiv1.LabelSwimLaneGroup: group}},
		Spec: apiv1.ASMSwimLaneSpec{LabelSelector: map[string]string{tag: name}, IngressRules: []apiv1.IngressRule{{
			Name: name, Online: true, Hosts: []string{"*"},
			Match: apiv1.RequestMatch{Headers: map[string]apiv1.StringMatch{"x-asm-prefer-tag": {Exact: name}}},
			Route: apiv1.IngressRoute{Destination: apiv1.Destination{Host: "mockb.default.svc.cluster.local"}},
		}}},
	}
}

// newGateway is the one that newGroup enters by.
func newGateway() *networkingv1.Gateway {
	g := &networkingv1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "ingressgateway"}}
	g.Spec.Servers = []*networkingapi.Server{{Hosts: []string{"*"}, Port: &networkingapi.Port{Number: 80, Name: "http", Protocol: "HTTP"}}}
	return g
}

func newService(name string) *corev1.Service {
	return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: corev1.ServiceSpec{
		Selector: map[string]string{"app": name}, Ports: []corev1.ServicePort{{Port: 8000, Name: "http"}}}}
}

func newDeployment(name, app string) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": app}},
		Template: template(app)}}
}

func template(app string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": app, tag: "base"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "default", Image: "mock"}}},
	}
}

// run does what the workload controllers do for a Deployment: a ReplicaSet and
// one pod with the labels of the template.
func (c cluster) run(d *appsv1.Deployment) (*appsv1.ReplicaSet, *corev1.Pod) {
	c.Helper()
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: d.Namespace, Name: d.Name + "-abc", OwnerReferences: ownedBy(d, "Deployment")},
		Spec:       appsv1.ReplicaSetSpec{Selector: d.Spec.Selector, Template: d.Spec.Template},
	}
	c.create(rs)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: d.Namespace, Name: rs.Name + "-1", Labels: d.Spec.Template.Labels, OwnerReferences: ownedBy(rs, "ReplicaSet")},
		Spec:       d.Spec.Template.Spec,
	}
	c.create(pod)
	return rs, pod
}

func ownedBy(o client.Object, kind string) []metav1.OwnerReference {
	return []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: kind, Name: o.GetName(), UID: o.GetUID(), Controller: new(true)}}
}

func (c cluster) ready(pod *corev1.Pod) {
	c.Helper()
	base := pod.DeepCopy()
	pod.Status.Phase = corev1.PodRunning
	pod.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(time.Now())}}
	require.NoError(c, c.Status().Patch(c.Context(), pod, client.MergeFrom(base)))
}

func newRollout(name, workload string) *kruisev1beta1.Rollout {
	return &kruisev1beta1.Rollout{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name}, Spec: kruisev1beta1.RolloutSpec{
		WorkloadRef: kruisev1beta1.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Name: workload},
		Strategy: kruisev1beta1.RolloutStrategy{Canary: &kruisev1beta1.CanaryStrategy{
			EnableExtraWorkloadForCanary: true, Steps: []kruisev1beta1.CanaryStep{{}},
		}},
	}}
}

// stand writes a Rollout's status as Kruise does.
func (c cluster) stand(r *kruisev1beta1.Rollout, phase, reason, succeeded string) {
	c.Helper()
	r.Status.Phase, r.Status.CurrentStepState = kruisev1beta1.RolloutPhase(phase), "StepPaused"
	r.Status.Conditions = []kruisev1beta1.RolloutCondition{{Type: kruisev1beta1.RolloutConditionProgressing, Status: corev1.ConditionTrue, Reason: reason}}
	if succeeded != "" {
		r.Status.Conditions = append(r.Status.Conditions, kruisev1beta1.RolloutCondition{
			Type: kruisev1beta1.RolloutConditionSucceeded, Status: corev1.ConditionStatus(succeeded)})
	}
	require.NoError(c, c.Status().Update(c.Context(), r)) // as a whole: some fields must not be left out
}

// mark sets or takes away Kruise's mark on the workload.
func (c cluster) mark(d *appsv1.Deployment, rollout string) {
	c.Helper()
	base := d.DeepCopy()
	d.Annotations = nil
	if rollout != "" {
		d.Annotations = map[string]string{"rollouts.kruise.io/in-progressing": `{"rolloutName":"` + rollout + `"}`}
	}
	require.NoError(c, c.Patch(c.Context(), d, client.MergeFrom(base)))
}
