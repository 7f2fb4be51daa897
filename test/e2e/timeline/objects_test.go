package timeline

import (
	"testing"
	"time"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	lanev1 "lanekeeper.io/api/v1"
)

func aPod(replicaSet, hash, image string, isReady corev1.ConditionStatus) *corev1.Pod {
	p := &corev1.Pod{}
	p.Name, p.Labels = replicaSet+"-x", map[string]string{"app": "mockb", "pod-template-hash": hash}
	p.OwnerReferences = []metav1.OwnerReference{{Name: replicaSet, Controller: new(true)}}
	p.Spec.Containers = []corev1.Container{{Image: image}}
	p.Status.PodIP = "10.0.0.1"
	p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: isReady}}
	return p
}

func TestPods(t *testing.T) {
	tl := &Timeline{}
	w := &watcher{timeline: tl, pods: map[string]podState{}, stages: map[string]string{}}
	stable := appsv1.Deployment{}
	stable.Name, stable.Labels = "mockb-v1", map[string]string{"app": "mockb"}
	stable.Spec.Template.Spec.Containers = []corev1.Container{{Image: "reg:5000/mock:1.0"}}
	left := appsv1.Deployment{}
	left.Name, left.Labels = "mockb-v1-abcde", map[string]string{"app": "mockb", canaryDeployment: "mockb-v1"}
	w.begin([]appsv1.Deployment{stable, left})

	w.pod(aPod("mockb-v1-5d9", "5d9", "mock:1.0", corev1.ConditionTrue), present)
	canary := aPod("mockb-v1-abcde-7f8", "7f8", "mock:2.0-broken", corev1.ConditionFalse)
	canary.Name = "canary"
	w.pod(canary, written)
	canary = canary.DeepCopy()
	canary.Status.Conditions[0].Status = corev1.ConditionTrue
	w.pod(canary, written)
	w.pod(canary, written) // nothing new
	canary = canary.DeepCopy()
	canary.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	w.pod(canary, written)
	w.pod(canary, deleted)

	want := []Event{
		{Kind: Baseline, Version: "v1"},
		{Kind: PodSeen, Version: "v1"},
		{Kind: PodReady, Version: "v1"},
		{Kind: PodSeen, Version: "v2", Canary: true},
		{Kind: PodReady, Version: "v2", Canary: true},
		{Kind: PodEnds, Version: "v2", Canary: true},
		{Kind: PodGone, Version: "v2", Canary: true},
	}
	got := tl.Events()
	if len(got) != len(want) {
		t.Fatalf("%d events, want %d:\n%s", len(got), len(want), Print(got))
	}
	for i := range want {
		if got[i].Kind != want[i].Kind || got[i].Version != want[i].Version || got[i].Canary != want[i].Canary || got[i].Service != "mockb" {
			t.Errorf("event %d is %+v, want %+v", i, got[i], want[i])
		}
	}
}

// A Service or an entry that passes from one group to another is managed all the time
// if the second group's object is there first.
func TestManagement(t *testing.T) {
	rule := func(name string) client.Object {
		return &networkingv1.DestinationRule{ObjectMeta: trafficMeta(name, "mockb")}
	}
	entry := func(name string) client.Object {
		return &networkingv1.VirtualService{ObjectMeta: trafficMeta(name, "")}
	}
	tl := &Timeline{}
	w := &watcher{timeline: tl, objects: objects{}}
	for _, step := range []struct {
		object client.Object
		how    change
		want   Kind
	}{
		{rule("first-mockb"), present, ""},
		{entry("first"), present, ""},
		{entry("second"), written, Managed},
		{entry("first"), deleted, Written},
		{entry("second"), deleted, Unmanaged},
		{entry("second"), written, Managed},
		{rule("first-mockb"), deleted, Unmanaged},
		{rule("second-mockb"), written, Written},
		{rule("third-mockb"), written, Written},
		{rule("second-mockb"), deleted, Written},
		{rule("third-mockb"), deleted, Unmanaged},
	} {
		w.traffic(step.object, step.how)
		var last Kind
		if events := tl.Events(); len(events) > 0 {
			last = events[len(events)-1].Kind
		}
		if last != step.want {
			t.Errorf("%s, change %d: the last event is %q, want %q", step.object.GetName(), step.how, last, step.want)
		}
	}
}

func trafficMeta(name, service string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: "default", Name: name, Generation: 1, Labels: map[string]string{
		lanev1.LabelManagedBy: lanev1.ManagedBy, lanev1.LabelService: service}}
}
