package bench

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/bench/apilog"
	"lanekeeper.io/test/bench/figures"
	"lanekeeper.io/test/bench/fleet"
	"lanekeeper.io/test/bench/process"
	"lanekeeper.io/test/integration/installation"
)

var creations = flag.Int("creations", 6000, "pods of each kind that admission creates")

// emptyName names the empty webhook, its Service, and the namespace whose pods
// it gets instead of ours. Those of labelsName it labels, always the same.
const (
	emptyName  = "empty"
	labelsName = "labels"
	noneName   = "none"
)

// BenchmarkAdmission creates the same pods through our webhook and through others
// that decide nothing, one after another, in random order.
func BenchmarkAdmission(b *testing.B) {
	const canaries = 50
	w := begin(b, "admission: what a webhook adds to the creation of a pod", noLiveLookups)
	f := &fleet.Fleet{Client: w.client, Lanes: grayLanes, Replicas: replicas}
	f.Create(b)
	m := w.startManager("--settle=1s", "--kube-api-qps=-1")
	e := w.startEmpty()
	installation.AwaitCalls(w, w.client) // pods come through the webhook
	w.grow(f, m, 200)
	f.Publish(b, canaries)
	w.untilQuiet(5 * time.Second)

	stable := &kind{pods: f.NewPods(b, canaries, fleet.Stable)}
	canary := &kind{pods: f.NewPods(b, canaries, fleet.Canary), stamped: true}
	none, empty, labels := stable.in(noneName), stable.in(emptyName), stable.in(labelsName)
	labels.stamped = true
	w.requests()
	w.createPods(none, empty, labels, stable, canary)
	reads := apilog.Count(w.requests(), apilog.Request.Read)

	w.table.Tell("pod creation without a webhook", "%s", none.times)
	w.table.Tell("through an empty webhook", "%s", empty.times)
	w.table.Tell("through a webhook that sets two labels, always the same", "%s", labels.times)
	w.table.Tell("through ours, a baseline pod, whose labels are right", "%s", stable.times)
	w.table.Tell("through ours, a canary pod, which gets its lane's labels", "%s", canary.times)
	for _, of := range []struct {
		what       string
		ours, than *kind
	}{{"a baseline pod beside the empty webhook", stable, empty}, {"a canary pod beside the empty webhook", canary, empty}} {
		w.table.Tell(of.what+", at p50", "%.2f times", ratio(of.ours.times.At(50), of.than.times.At(50)))
		w.table.Hold(of.what+", at p99", ratio(of.ours.times.At(99), of.than.times.At(99)), 1.1, " times")
	}
	// Only the API server can make a patch cheaper.
	w.table.Hold("a canary pod beside the webhook that sets labels, at p99", ratio(canary.times.At(99), labels.times.At(99)), 1.1, " times")
	w.table.Hold(fmt.Sprintf("API reads for %d pods", 2**creations), float64(reads.Total()), 0, "")
	w.allocations(m, e, canary.pods[0])
}

// noLiveLookups takes out the API server's own admission of limits and quotas.
// Every 30 seconds it reads those of each namespace anew, before it calls a webhook,
// for which the pods of many namespaces pay more often than those of one.
func noLiveLookups(env *envtest.Environment) {
	env.ControlPlane.GetAPIServer().Configure().Append("disable-admission-plugins", "LimitRanger", "ResourceQuota")
}

// kind is pods that one webhook gets, or none, and how long their creation took.
type kind struct {
	pods    []*corev1.Pod
	stamped bool // they get marker labels
	times   figures.Durations
}

// in is the same pods in another namespace.
func (k *kind) in(namespace string) *kind {
	out := &kind{}
	for _, pod := range k.pods {
		pod = pod.DeepCopy()
		pod.Namespace = namespace
		out.pods = append(out.pods, pod)
	}
	return out
}

// createPods creates a pod of each kind, and deletes them, again and again.
func (w *bench) createPods(kinds ...*kind) {
	w.Helper()
	const warm = 200
	for n := range warm + *creations {
		rand.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		var created []*corev1.Pod
		for _, k := range kinds {
			pod := k.pods[n%len(k.pods)].DeepCopy()
			pod.Name += fmt.Sprintf("-%d", n)
			begun := time.Now()
			require.NoError(w, w.client.Create(w.Context(), pod))
			if n >= warm {
				k.times = append(k.times, time.Since(begun))
			}
			require.Equal(w, k.stamped, pod.Labels[apiv1.LaneMarker(pod.Labels["ASM_TRAFFIC_TAG"])] != "", "labels of %s/%s: %v", pod.Namespace, pod.Name, pod.Labels)
			created = append(created, pod)
		}
		for _, pod := range created {
			require.NoError(w, w.client.Delete(w.Context(), pod, client.GracePeriodSeconds(0)))
		}
	}
}

// startEmpty runs the empty webhook, for the pods of its namespaces only, which
// ours does not get. Those of another namespace no webhook gets.
func (w *bench) startEmpty() *process.Empty {
	w.Helper()
	e := process.StartEmpty(w, emptyName+"."+installation.Namespace+".svc")
	w.createObjects(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: emptyName}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: labelsName}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: noneName}},
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: installation.Namespace, Name: emptyName}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": emptyName},
			Ports:    []corev1.ServicePort{{Name: "https", Port: 443, TargetPort: intstr.FromInt(e.Port)}},
		}},
	)
	installation.ReachService(w, w.client, emptyName, e.Port)
	var ours admissionv1.MutatingWebhookConfiguration
	require.NoError(w, w.client.Get(w.Context(), client.ObjectKey{Name: "lanekeeper"}, &ours))
	w.createObjects(&admissionv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: emptyName}, Webhooks: []admissionv1.MutatingWebhook{
			emptied(ours.Webhooks[0], emptyName, e.CA), emptied(ours.Webhooks[0], labelsName, e.CA)},
	})
	base := ours.DeepCopy()
	for i := range ours.Webhooks {
		ours.Webhooks[i].NamespaceSelector.MatchExpressions[0].Values = append(
			ours.Webhooks[i].NamespaceSelector.MatchExpressions[0].Values, emptyName, labelsName, noneName)
	}
	require.NoError(w, w.client.Patch(w.Context(), &ours, client.MergeFrom(base))) // the manager writes it, too
	return e
}

// emptied is our webhook's registration for the one of that path, for the pods of
// the namespace of that name: the same conditions, and it must answer.
func emptied(ours admissionv1.MutatingWebhook, name string, ca []byte) admissionv1.MutatingWebhook {
	out := *ours.DeepCopy()
	out.Name = name + ".lanekeeper.io"
	out.FailurePolicy = new(admissionv1.Fail)
	out.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: name}}
	out.ClientConfig = admissionv1.WebhookClientConfig{CABundle: ca, Service: &admissionv1.ServiceReference{
		Namespace: installation.Namespace, Name: emptyName, Path: new("/" + name),
	}}
	return out
}

func (w *bench) createObjects(objects ...client.Object) {
	w.Helper()
	for _, o := range objects {
		require.NoError(w, w.client.Create(w.Context(), o))
	}
}
