package rolloutwatch

import (
	"testing"

	kruisev1beta1 "github.com/openkruise/rollouts/api/v1beta1"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	apiv1 "lanekeeper.io/api/v1"
)

const tagLabel = "ASM_TRAFFIC_TAG"

var mockb = types.NamespacedName{Namespace: "default", Name: "mockb"}

func testScheme(t testing.TB) *runtime.Scheme {
	t.Helper()
	scheme := runtime.NewScheme()
	require.NoError(t, clientgoscheme.AddToScheme(scheme))
	require.NoError(t, apiv1.AddToScheme(scheme))
	require.NoError(t, kruisev1beta1.AddToScheme(scheme))
	return scheme
}

// fakeClient stands for cache and API server at once.
func fakeClient(t testing.TB, objects ...client.Object) client.WithWatch {
	t.Helper()
	b := fake.NewClientBuilder().WithScheme(testScheme(t)).WithObjects(objects...).
		WithStatusSubresource(&apiv1.ASMSwimLaneGroup{}, &apiv1.ASMSwimLane{}, &kruisev1beta1.Rollout{})
	for _, i := range append(indexes(), rolloutIndex()) {
		b = b.WithIndex(i.object, i.field, i.values)
	}
	return b.Build()
}

func newFacts(t testing.TB, objects ...client.Object) *Facts {
	t.Helper()
	f := &Facts{Client: fakeClient(t, objects...)}
	f.rollouts.Store(true)
	return f
}

func named(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "default", Name: name, UID: types.UID("uid-" + name)}
}

func owned(o client.Object, by client.Object, kind string) {
	o.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: "apps/v1", Kind: kind, Name: by.GetName(), UID: by.GetUID(), Controller: new(true)}})
}

func newGroup() *apiv1.ASMSwimLaneGroup {
	return &apiv1.ASMSwimLaneGroup{
		ObjectMeta: metav1.ObjectMeta{Name: "rollout", UID: "uid-group"},
		Spec: apiv1.ASMSwimLaneGroupSpec{
			IsPermissive: true, AutoUpdate: true,
			PermissiveModeConfiguration: apiv1.PermissiveModeConfiguration{FallbackTarget: "base", RouteHeader: "x-asm-prefer-tag"},
			Services:                    []apiv1.ServiceReference{{Namespace: "default", Name: "mockb"}},
		},
	}
}

func newLane(name string) *apiv1.ASMSwimLane {
	return &apiv1.ASMSwimLane{
		ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID("uid-" + name), Labels: map[string]string{apiv1.LabelSwimLaneGroup: "rollout"}},
		Spec:       apiv1.ASMSwimLaneSpec{LabelSelector: map[string]string{tagLabel: name}},
		Status: apiv1.ASMSwimLaneStatus{Group: "rollout", Conditions: []metav1.Condition{
			{Type: apiv1.ConditionAccepted, Status: metav1.ConditionTrue, Reason: apiv1.ReasonAccepted}}},
	}
}

func newService() *corev1.Service {
	return &corev1.Service{ObjectMeta: named("mockb"), Spec: corev1.ServiceSpec{
		ClusterIP: "10.0.0.1", Selector: map[string]string{"app": "mockb"}, Ports: []corev1.ServicePort{{Port: 8000}}}}
}

func newDeployment(name string) *appsv1.Deployment {
	return &appsv1.Deployment{ObjectMeta: named(name), Spec: appsv1.DeploymentSpec{
		Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "mockb"}},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "mockb", tagLabel: "base"}}}}}
}

func newCanary(name, stable string) *appsv1.Deployment {
	d := newDeployment(name)
	d.Labels = map[string]string{labelCanaryOf: stable}
	return d
}

func newReplicaSet(d *appsv1.Deployment) *appsv1.ReplicaSet {
	rs := &appsv1.ReplicaSet{ObjectMeta: named(d.Name + "-abc")}
	owned(rs, d, "Deployment")
	return rs
}

func newPod(name, lane string, rs *appsv1.ReplicaSet) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: named(name), Status: corev1.PodStatus{
		Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}}}
	p.Labels = map[string]string{"app": "mockb", tagLabel: lane}
	if lane != "base" {
		p.Labels[apiv1.LaneMarker(lane)] = apiv1.MarkerValue
	}
	if rs != nil {
		owned(p, rs, "ReplicaSet")
	}
	return p
}

// newRollout is a Rollout of mockb-v1 that stands where phase, reason and
// succeeded say.
func newRollout(phase, reason, succeeded string) *kruisev1beta1.Rollout {
	r := &kruisev1beta1.Rollout{ObjectMeta: named("rollouts-mockb"), Spec: kruisev1beta1.RolloutSpec{
		WorkloadRef: kruisev1beta1.ObjectRef{APIVersion: "apps/v1", Kind: "Deployment", Name: "mockb-v1"},
		Strategy: kruisev1beta1.RolloutStrategy{Canary: &kruisev1beta1.CanaryStrategy{
			EnableExtraWorkloadForCanary: true,
			PatchPodTemplateMetadata:     &kruisev1beta1.PatchPodTemplateMetadata{Labels: map[string]string{tagLabel: "canary"}},
		}},
	}}
	stand(r, phase, reason, succeeded)
	return r
}

func stand(r *kruisev1beta1.Rollout, phase, reason, succeeded string) {
	r.Status.Phase, r.Status.Conditions = kruisev1beta1.RolloutPhase(phase), nil
	if reason != "" {
		r.Status.Conditions = append(r.Status.Conditions, kruisev1beta1.RolloutCondition{
			Type: kruisev1beta1.RolloutConditionProgressing, Status: corev1.ConditionTrue, Reason: reason})
	}
	if succeeded != "" {
		r.Status.Conditions = append(r.Status.Conditions, kruisev1beta1.RolloutCondition{
			Type: kruisev1beta1.RolloutConditionSucceeded, Status: corev1.ConditionStatus(succeeded)})
	}
}

// chain are the group, its lanes base and canary, and mockb with its stable
// Deployment and one pod of it.
type chain struct {
	group      *apiv1.ASMSwimLaneGroup
	base, gray *apiv1.ASMSwimLane
	service    *corev1.Service
	stable     *appsv1.Deployment
	replicaSet *appsv1.ReplicaSet
	pod        *corev1.Pod
}

func newChain() chain {
	c := chain{group: newGroup(), base: newLane("base"), gray: newLane("canary"), service: newService(), stable: newDeployment("mockb-v1")}
	c.replicaSet = newReplicaSet(c.stable)
	c.pod = newPod("stable-1", "base", c.replicaSet)
	return c
}

func (c chain) objects(more ...client.Object) []client.Object {
	return append([]client.Object{c.group, c.base, c.gray, c.service, c.stable, c.replicaSet, c.pod}, more...)
}

// canary are a canary Deployment of the stable one, its ReplicaSet and one pod.
func (c chain) canary() (*appsv1.Deployment, *appsv1.ReplicaSet, *corev1.Pod) {
	d := newCanary("mockb-v1-x7k2p", c.stable.Name)
	rs := newReplicaSet(d)
	return d, rs, newPod("canary-1", "canary", rs)
}

type (
	rolloutOf      = kruisev1beta1.Rollout
	trafficRouting = kruisev1beta1.TrafficRoutingRef
)

func workloadOfKind(kind, name string) kruisev1beta1.ObjectRef {
	return kruisev1beta1.ObjectRef{APIVersion: "apps/v1", Kind: kind, Name: name}
}
