package rolloutwatch

import (
	"maps"
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
	"lanekeeper.io/internal/fixture"
)

const tag = fixture.TagLabel

func newGroup(name string, services ...string) *apiv1.ASMSwimLaneGroup {
	return fixture.Unborn(fixture.Group(fixture.OfServices(services...), fixture.EnterAt("default", "ingressgateway"), func(g *apiv1.ASMSwimLaneGroup) {
		g.Name, g.Spec.PermissiveModeConfiguration.TraceHeader = name, "my-request-id"
	}))
}

// newLane enters at mockb.
func newLane(name, group string) *apiv1.ASMSwimLane {
	return fixture.Unborn(fixture.Lane(name, fixture.InGroup(group), fixture.IngressTo("mockb.default.svc.cluster.local"), func(l *apiv1.ASMSwimLane) {
		rule := &l.Spec.IngressRules[0]
		rule.Name, rule.Hosts = name, []string{"*"}
		rule.Match.Headers = map[string]apiv1.StringMatch{"x-asm-prefer-tag": {Exact: name}}
	}))
}

// newGateway is the one that newGroup enters by.
func newGateway() *networkingv1.Gateway {
	g := &networkingv1.Gateway{ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "ingressgateway"}}
	g.Spec.Servers = []*networkingapi.Server{{Hosts: []string{"*"}, Port: &networkingapi.Port{Number: 80, Name: "http", Protocol: "HTTP"}}}
	return g
}

func newService(name string) *corev1.Service {
	return fixture.Unborn(fixture.Service(name, func(s *corev1.Service) { s.Spec.ClusterIP, s.Spec.Ports[0].Name = "", "http" }))
}

func newDeployment(name, app string) *appsv1.Deployment {
	return fixture.Unborn(fixture.Deployment(name, app, func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.Containers = []corev1.Container{{Name: "default", Image: "mock"}}
	}))
}

// run does what the workload controllers do for a Deployment: a ReplicaSet and
// one pod with the labels of the template, and what the injector adds.
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
	pod.Labels = maps.Clone(pod.Labels)
	pod.Labels["security.istio.io/tlsMode"] = "istio"
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
	return fixture.Unborn(fixture.Rollout("", "", "", func(r *kruisev1beta1.Rollout) {
		r.Name, r.Spec.WorkloadRef.Name = name, workload
		r.Spec.Strategy.Canary.PatchPodTemplateMetadata, r.Spec.Strategy.Canary.Steps = nil, []kruisev1beta1.CanaryStep{{}}
	}))
}

// stand writes a Rollout's status as Kruise does.
func (c cluster) stand(r *kruisev1beta1.Rollout, phase, reason, succeeded string) {
	c.Helper()
	fixture.SetStatus(r, phase, reason, succeeded)
	r.Status.CurrentStepState = "StepPaused"
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
