package fleet

import (
	"context"
	"fmt"
	"maps"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// hash ends the names of all ReplicaSets.
const hash = "-7c5ddbdf54"

// run makes a Deployment, and what the workload controllers and the kubelet
// make of it.
func (f *Fleet) run(ctx context.Context, d *appsv1.Deployment, replicas int) error {
	if err := f.Client.Create(ctx, d); err != nil {
		return err
	}
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: d.Namespace, Name: d.Name + hash, OwnerReferences: ownedBy(d, "Deployment")},
		Spec:       appsv1.ReplicaSetSpec{Selector: d.Spec.Selector, Template: d.Spec.Template},
	}
	if err := f.Client.Create(ctx, rs); err != nil {
		return err
	}
	for n := range replicas {
		pod := podOf(rs, fmt.Sprintf("%s-%d", rs.Name, n))
		if err := f.Client.Create(ctx, pod); err != nil {
			return err
		}
		if err := f.setReady(ctx, pod, true); err != nil {
			return err
		}
	}
	return nil
}

// podOf is a pod as a ReplicaSet and the sidecar's injector make it.
func podOf(rs *appsv1.ReplicaSet, name string) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: rs.Namespace, Name: name, OwnerReferences: ownedBy(rs, "ReplicaSet"), Labels: map[string]string{"pod-template-hash": hash[1:], "security.istio.io/tlsMode": "istio"}},
		Spec:       rs.Spec.Template.Spec,
	}
	maps.Copy(pod.Labels, rs.Spec.Template.Labels)
	return pod
}

// setReady writes a pod's status as a kubelet does.
func (f *Fleet) setReady(ctx context.Context, pod *corev1.Pod, ready bool) error {
	base := pod.DeepCopy()
	status := corev1.ConditionFalse
	if ready {
		status = corev1.ConditionTrue
	}
	now := metav1.NewTime(time.Now())
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, PodIP: f.address(pod), StartTime: &now, Conditions: []corev1.PodCondition{
		{Type: corev1.PodInitialized, Status: corev1.ConditionTrue, LastTransitionTime: now},
		{Type: corev1.PodReady, Status: status, LastTransitionTime: now},
	}}
	return f.Client.Status().Patch(ctx, pod, client.MergeFrom(base))
}

// Versions of a Service.
const (
	Stable = "v1"       // of the baseline
	Gray   = "gray"     // of a gray lane
	Canary = "v1-xk2lp" // what Kruise releases
)

// FlipPod makes the first pod of a Service's version ready, or not.
func (f *Fleet) FlipPod(ctx context.Context, n int, version string, ready bool) error {
	pod := &corev1.Pod{ObjectMeta: meta(n, Service(n)+"-"+version+hash+"-0")}
	return f.setReady(ctx, pod, ready)
}

func portNamed(name string) intstr.IntOrString { return intstr.FromString(name) }
