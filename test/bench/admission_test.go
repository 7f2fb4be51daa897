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

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/test/bench/apilog"
	"lanekeeper.io/test/bench/figures"
	"lanekeeper.io/test/bench/fleet"
	"lanekeeper.io/test/bench/process"
	"lanekeeper.io/test/integration/installation"
)

var creations = flag.Int("creations", 4000, "pods that admission creates through each webhook")

// emptyName names the empty webhook, its Service, and the namespace whose pods
// it gets instead of ours.
const emptyName = "empty"

// BenchmarkAdmission creates the same pods through our webhook and through one
// that does nothing, one after another, in random order.
func BenchmarkAdmission(b *testing.B) {
	const canaries = 50
	w := begin(b, "admission: canary pods that get their lane's labels, beside an empty webhook")
	f := &fleet.Fleet{Client: w.client, Lanes: grayLanes, Replicas: replicas}
	f.Create(b)
	m := w.startManager("--settle=1s", "--kube-api-qps=-1")
	e := w.startEmpty()
	w.pass(time.Second)
	w.grow(f, m, 200)
	f.Publish(b, canaries)
	w.untilQuiet(5*time.Second, time.Minute)

	var pods []*corev1.Pod
	for n := range canaries {
		pods = append(pods, f.CanaryPod(b, n, "bench"))
	}
	w.requests()
	ours, empty, none := w.createPods(pods)
	reads := apilog.Count(w.requests(), apilog.Request.Read)

	w.table.Tell("pod creation without a webhook", "%s", none)
	w.table.Tell("pod creation through an empty webhook", "%s", empty)
	w.table.Tell("pod creation through ours", "%s", ours)
	w.table.Tell("ours beside the empty one at p50", "%.2f times", ratio(ours.At(50), empty.At(50)))
	w.table.Hold("ours beside the empty one at p99", ratio(ours.At(99), empty.At(99)), 1.1, " times")
	w.table.Hold(fmt.Sprintf("API reads for %d pods", *creations), float64(reads.Total()), 0, "")
	w.allocations(m, e, pods[0])
}

// createPods creates pods of one kind after those of another, each kind as often
// as the others.
func (w *bench) createPods(pods []*corev1.Pod) (ours, empty, none figures.Durations) {
	w.Helper()
	samples := map[string]*figures.Durations{"": &ours, emptyName: &empty, "none": &none}
	kinds := []string{"", emptyName, "none"}
	const warm = 200
	for n := range warm + *creations {
		rand.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		var created []*corev1.Pod
		for _, namespace := range kinds {
			pod := pods[n%len(pods)].DeepCopy()
			if namespace != "" {
				pod.Namespace = namespace
			}
			pod.Name = fmt.Sprintf("bench-%d", n)
			begun := time.Now()
			require.NoError(w, w.client.Create(w.Context(), pod))
			if n >= warm {
				*samples[namespace] = append(*samples[namespace], time.Since(begun))
			}
			require.Equal(w, namespace == "", pod.Labels[apiv1.LaneMarker(pod.Labels["ASM_TRAFFIC_TAG"])] != "", "who stamped the pod")
			created = append(created, pod)
		}
		for _, pod := range created {
			require.NoError(w, w.client.Delete(w.Context(), pod, client.GracePeriodSeconds(0)))
		}
	}
	return ours, empty, none
}

// startEmpty runs the empty webhook, for the pods of its namespace only, which
// ours does not get. Of another namespace no webhook gets pods.
func (w *bench) startEmpty() *process.Empty {
	w.Helper()
	e := process.StartEmpty(w, emptyName+"."+installation.Namespace+".svc")
	w.createObjects(
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: emptyName}},
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "none"}},
		&corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: installation.Namespace, Name: emptyName}, Spec: corev1.ServiceSpec{
			Selector: map[string]string{"app": emptyName},
			Ports:    []corev1.ServicePort{{Name: "https", Port: 443, TargetPort: intstr.FromInt(e.Port)}},
		}},
	)
	installation.ReachService(w, w.client, emptyName, e.Port)
	var ours admissionv1.MutatingWebhookConfiguration
	require.NoError(w, w.client.Get(w.Context(), client.ObjectKey{Name: "lanekeeper"}, &ours))
	w.createObjects(&admissionv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: emptyName}, Webhooks: []admissionv1.MutatingWebhook{emptied(ours.Webhooks[0], e.CA)},
	})
	for i := range ours.Webhooks {
		ours.Webhooks[i].NamespaceSelector.MatchExpressions[0].Values = append(
			ours.Webhooks[i].NamespaceSelector.MatchExpressions[0].Values, emptyName, "none")
	}
	require.NoError(w, w.client.Update(w.Context(), &ours))
	return e
}

// emptied is our webhook's registration for the empty one: the same conditions,
// and it must answer.
func emptied(ours admissionv1.MutatingWebhook, ca []byte) admissionv1.MutatingWebhook {
	out := *ours.DeepCopy()
	out.Name = "empty.lanekeeper.io"
	out.FailurePolicy = new(admissionv1.Fail)
	out.NamespaceSelector = &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: emptyName}}
	out.ClientConfig = admissionv1.WebhookClientConfig{CABundle: ca, Service: &admissionv1.ServiceReference{
		Namespace: installation.Namespace, Name: emptyName, Path: new("/empty"),
	}}
	return out
}

func (w *bench) createObjects(objects ...client.Object) {
	w.Helper()
	for _, o := range objects {
		require.NoError(w, w.client.Create(w.Context(), o))
	}
}
