package bench

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"lanekeeper.io/test/bench/figures"
	"lanekeeper.io/test/bench/process"
)

// program has metrics.
type program interface {
	Metric(name string, labels ...string) (float64, error)
}

// allocations asks both webhooks the same question again and again, without an
// API server between, and reads what their programs allocated.
func (w *bench) allocations(m *process.Manager, e *process.Empty, pod *corev1.Pod) {
	w.Helper()
	review := w.review(pod)
	for _, of := range []struct {
		who  string
		p    program
		port int
		path string
	}{{"the empty webhook", e, e.Port, "/empty"}, {"ours", m, m.Webhook, "/mutate-pods"}} {
		count, size, took := w.allocated(of.p, fmt.Sprintf("https://127.0.0.1:%d%s", of.port, of.path), review)
		w.table.Tell("a request to "+of.who+", no API server between", "%s on average, %.0f allocations, %.1f kB", figures.Milliseconds(took), count, size/1000)
	}
}

func (w *bench) allocated(p program, url string, review []byte) (count, size float64, took time.Duration) {
	w.Helper()
	const asked = 3000
	http := &http.Client{Transport: &http.Transport{
		ForceAttemptHTTP2: true,
		TLSClientConfig:   &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // it is this machine's own
	}}
	defer http.CloseIdleConnections()
	w.ask(http, url, review, 200)
	countBefore, sizeBefore := w.heap(p)
	begun := time.Now()
	w.ask(http, url, review, asked)
	took = time.Since(begun) / asked
	countAfter, sizeAfter := w.heap(p)
	return (countAfter - countBefore) / asked, (sizeAfter - sizeBefore) / asked, took
}

func (w *bench) heap(p program) (count, size float64) {
	w.Helper()
	count, err := p.Metric("go_memstats_mallocs_total")
	require.NoError(w, err)
	size, err = p.Metric("go_memstats_alloc_bytes_total")
	require.NoError(w, err)
	return count, size
}

func (w *bench) ask(c *http.Client, url string, review []byte, times int) {
	w.Helper()
	for range times {
		resp, err := c.Post(url, "application/json", bytes.NewReader(review))
		require.NoError(w, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(w, err)
		_ = resp.Body.Close()
		require.Contains(w, string(body), `"allowed":true`)
	}
}

// review is the question that the API server asks about a new pod.
func (w *bench) review(pod *corev1.Pod) []byte {
	w.Helper()
	pod = pod.DeepCopy()
	pod.APIVersion, pod.Kind = "v1", "Pod"
	object, err := json.Marshal(pod)
	require.NoError(w, err)
	review := admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: "admission.k8s.io/v1", Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID: "bench", Kind: metav1.GroupVersionKind{Version: "v1", Kind: "Pod"},
			Resource:  metav1.GroupVersionResource{Version: "v1", Resource: "pods"},
			Namespace: pod.Namespace, Name: pod.Name, Operation: admissionv1.Create,
			Object: runtime.RawExtension{Raw: object},
		},
	}
	text, err := json.Marshal(review)
	require.NoError(w, err)
	return text
}
