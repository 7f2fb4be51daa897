package model

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/webhook"
)

// The controllers of workloads, as slow as the player likes.

// workload is a Deployment as its controllers see it.
type workload struct {
	name, service, tag string
	// revision counts the templates, replicas are of the latest one; those of
	// older ones are to go once the latest is ready.
	revision, replicas int
	// canaryOf names the stable Deployment of a canary Deployment.
	canaryOf string
	// doomed: the garbage collector will take the Deployment.
	doomed bool
}

func (l *workload) replicaSet() string { return fmt.Sprintf("%s-r%d", l.name, l.revision) }

// deploy applies a Deployment and its ReplicaSet. One that is applied again
// gets another ReplicaSet than before.
func (w *world) deploy(name, service, tag string, replicas int) {
	l := &workload{name: name, service: service, tag: tag, revision: 1, replicas: replicas}
	if before := w.workloads[name]; before != nil {
		l.revision = before.revision + 1
	}
	w.workloads[name] = l
	w.store.put(fixture.Unborn(fixture.Deployment(name, service, func(d *appsv1.Deployment) {
		d.Spec.Selector.MatchLabels["deployment"], d.Spec.Template.Labels = name, templateOf(l)
	})))
	w.makeReplicaSet(l)
}

func templateOf(l *workload) map[string]string {
	return map[string]string{"app": l.service, "deployment": l.name, tagLabel: l.tag}
}

func (w *world) makeReplicaSet(l *workload) {
	d := get[*appsv1.Deployment](w.store, namespace, l.name)
	rs := replicaSet(l.replicaSet())
	fixture.Owned(rs, d, "Deployment")
	w.store.put(rs)
}

func replicaSet(name string) *metav1.PartialObjectMetadata {
	rs := &metav1.PartialObjectMetadata{TypeMeta: metav1.TypeMeta{APIVersion: "apps/v1", Kind: "ReplicaSet"}}
	rs.Namespace, rs.Name = namespace, name
	return rs
}

// workloadOf is the workload of a pod.
func (w *world) workloadOf(pod *corev1.Pod) *workload { return w.workloads[pod.Labels["deployment"]] }

// podsOf are the pods of a ReplicaSet.
func (w *world) podsOf(replicaSet string) []*corev1.Pod {
	return slices.DeleteFunc(all[*corev1.Pod](w.store), func(p *corev1.Pod) bool {
		return p.OwnerReferences[0].Name != replicaSet
	})
}

// createPod creates a pod as its ReplicaSet does.
func (w *world) createPod(l *workload) {
	w.created++
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: fmt.Sprintf("%s-p%d", l.replicaSet(), w.created), Labels: templateOf(l)},
		Status: corev1.PodStatus{Phase: corev1.PodRunning}}
	fixture.Owned(pod, w.store.current(replicaSet(l.replicaSet())), "ReplicaSet")
	metav1.SetMetaDataLabel(&pod.ObjectMeta, "security.istio.io/tlsMode", "istio") // the injector's
	stamped := w.admit(pod)
	w.store.put(pod)
	if stamped && w.quiet() && !w.moves(l.service) {
		w.judge.vouch(w, pod)
	}
}

// admit asks the webhook of the first process, if any serves.
func (w *world) admit(pod *corev1.Pod) bool {
	if w.webhookDown {
		return false
	}
	i := slices.IndexFunc(w.processes, func(p *process) bool { return !p.frozen })
	if i < 0 {
		return false
	}
	raw, err := json.Marshal(pod)
	must(err)
	ctx := context.WithValue(context.Background(), unhindered{}, true)
	response := w.processes[i].hooks[webhook.PathPods].(*admission.Webhook).Handle(ctx, admission.Request{
		AdmissionRequest: admissionv1.AdmissionRequest{
			UID: "model", Operation: admissionv1.Create, Namespace: pod.Namespace, Object: runtime.RawExtension{Raw: raw},
		}})
	for _, op := range response.Patches {
		changeLabel(pod, op.Operation, op.Path, op.Value)
	}
	return true
}

func changeLabel(pod *corev1.Pod, op, path string, value any) {
	key, ok := strings.CutPrefix(path, "/metadata/labels/")
	if !ok {
		panic("the webhook changes " + path)
	}
	key = strings.NewReplacer("~1", "/", "~0", "~").Replace(key)
	if op == "remove" {
		delete(pod.Labels, key)
		return
	}
	pod.Labels[key] = value.(string)
}

func ready(pod *corev1.Pod) bool {
	return len(pod.Status.Conditions) > 0 && pod.Status.Conditions[0].Status == corev1.ConditionTrue
}

func (w *world) setReady(pod *corev1.Pod, is bool) {
	next := pod.DeepCopy()
	status := corev1.ConditionFalse
	if is {
		status = corev1.ConditionTrue
	}
	next.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: status}}
	w.store.put(next)
}

// excess are pods that have to go, in the order of their names: those of
// ReplicaSets that are gone, those of old templates, those too many.
func (w *world) excess() []*corev1.Pod {
	var out []*corev1.Pod
	for _, pod := range all[*corev1.Pod](w.store) {
		owner := pod.OwnerReferences[0].Name
		l := w.workloadOf(pod)
		switch {
		case l == nil || w.store.current(replicaSet(owner)) == nil:
			out = append(out, pod)
		case owner != l.replicaSet() && (w.readyOf(l) >= l.replicas):
			out = append(out, pod)
		case owner == l.replicaSet() && len(w.podsOf(owner)) > l.replicas:
			out = append(out, pod)
		}
	}
	return out
}

// readyOf counts the ready pods of a workload's latest template.
func (w *world) readyOf(l *workload) int {
	n := 0
	for _, pod := range w.podsOf(l.replicaSet()) {
		if ready(pod) {
			n++
		}
	}
	return n
}

// missing are workloads that lack pods, sorted.
func (w *world) missing() []*workload {
	var out []*workload
	for _, name := range slices.Sorted(maps.Keys(w.workloads)) {
		l := w.workloads[name]
		rs := l.replicaSet()
		if w.store.current(replicaSet(rs)) != nil && len(w.podsOf(rs)) < l.replicas {
			out = append(out, l)
		}
	}
	return out
}

// orphans are ReplicaSets whose Deployment is gone.
func (w *world) orphans() []client.Object {
	return slices.DeleteFunc(w.store.of("ReplicaSet").sorted(), func(rs client.Object) bool {
		return get[*appsv1.Deployment](w.store, namespace, rs.GetOwnerReferences()[0].Name) != nil
	})
}

// garbage is what has lost its owner: canary Deployments and, when those are gone,
// ReplicaSets.
func (w *world) garbage() []client.Object {
	var out []client.Object
	for _, name := range slices.Sorted(maps.Keys(w.workloads)) {
		if d := get[*appsv1.Deployment](w.store, namespace, name); d != nil && w.workloads[name].doomed {
			out = append(out, d)
		}
	}
	return append(out, w.orphans()...)
}

// collect takes one thing away; false when there is no garbage.
func (w *world) collect() bool {
	garbage := w.garbage()
	if len(garbage) == 0 {
		return false
	}
	if l := w.workloads[garbage[0].GetName()]; l != nil {
		l.replicas = 0
	}
	w.store.drop(garbage[0])
	return true
}

// tend does the next thing that the controllers of workloads would do; false
// when there is nothing.
func (w *world) tend() bool {
	if w.collect() {
		return true
	}
	if excess := w.excess(); len(excess) > 0 {
		w.store.remove(excess[0])
		return true
	}
	if missing := w.missing(); len(missing) > 0 {
		w.createPod(missing[0])
		return true
	}
	return false
}

// makeReady lets the controllers of workloads finish, and all pods be ready.
func (w *world) makeReady() {
	for w.tend() || w.readyOne() {
	}
}

func (w *world) readyOne() bool {
	for _, pod := range all[*corev1.Pod](w.store) {
		if !ready(pod) {
			w.setReady(pod, true)
			return true
		}
	}
	return false
}
