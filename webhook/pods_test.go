package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admission/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	crwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"lanekeeper.io/internal/fixture"
	"lanekeeper.io/lane"
)

// sourceFunc answers for pods.
type sourceFunc func(pod *corev1.Pod, namespace string) ([]lane.Placement, error)

// podSource is a Source of nothing else.
type podSource struct {
	Source
	answer sourceFunc
}

func (f podSource) Placements(_ context.Context, pod *corev1.Pod, namespace string) ([]lane.Placement, error) {
	return f.answer(pod, namespace)
}

func canarySource(*corev1.Pod, string) ([]lane.Placement, error) {
	return []lane.Placement{placed(chain("canary"), releasing(true))}, nil
}

func TestPodIsStampedByPatch(t *testing.T) {
	resp := ask(t, PathPods, canarySource, podRequest(t))

	require.True(t, resp.Allowed)
	var changed []string
	for _, p := range resp.Patches {
		changed = append(changed, p.Operation+" "+p.Path)
	}
	assert.ElementsMatch(t, []string{"replace /metadata/labels/" + tagLabel, "add /metadata/labels/lanekeeper.io~1lane.canary"}, changed)
}

func TestPodNamespaceComesFromTheRequest(t *testing.T) {
	var asked string
	ask(t, PathPods, func(_ *corev1.Pod, namespace string) ([]lane.Placement, error) {
		asked = namespace
		return nil, nil
	}, podRequest(t))

	assert.Equal(t, "default", asked)
}

func TestPodsWithoutAnAnswer(t *testing.T) {
	sources := map[string]sourceFunc{
		"error": func(*corev1.Pod, string) ([]lane.Placement, error) { return nil, errors.New("no cache") },
		"panic": func(*corev1.Pod, string) ([]lane.Placement, error) { panic("no cache") },
	}
	for name, source := range sources {
		t.Run(name+" leaves the pod as it is", func(t *testing.T) {
			resp := ask(t, PathPods, source, podRequest(t))

			assert.True(t, resp.Allowed)
			assert.Empty(t, resp.Patches)
		})
		t.Run(name+" refuses the pod where admission is required", func(t *testing.T) {
			resp := ask(t, PathPodsRequired, source, podRequest(t))

			assert.False(t, resp.Allowed)
			assert.Contains(t, resp.Result.Message, "no cache")
		})
	}
	t.Run("a pod that cannot be read is allowed", func(t *testing.T) {
		req := podRequest(t)
		req.Object.Raw = []byte(`{"metadata":{"labels":7}}`)

		assert.True(t, ask(t, PathPods, canarySource, req).Allowed)
	})
}

// ask sends a request to the webhook of a path, as Setup registers it.
func ask(t *testing.T, path string, source sourceFunc, req admission.Request) admission.Response {
	t.Helper()

	server := &paths{}
	handlersOf(t, podSource{answer: source}).register(server, fixture.Scheme(t))
	handler, ok := server.handlers[path].(*admission.Webhook)
	require.True(t, ok, "nothing is served at %s", path)
	return handler.Handle(t.Context(), req)
}

// paths remembers what a server is to serve.
type paths struct {
	crwebhook.Server
	handlers map[string]http.Handler
}

func (p *paths) Register(path string, handler http.Handler) {
	if p.handlers == nil {
		p.handlers = map[string]http.Handler{}
	}
	p.handlers[path] = handler
}

func podRequest(t *testing.T) admission.Request {
	t.Helper()

	raw, err := json.Marshal(corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "mocka-v1-x-", Labels: map[string]string{"app": "mocka", tagLabel: "base"},
	}})
	require.NoError(t, err)
	return admission.Request{AdmissionRequest: admissionv1.AdmissionRequest{
		UID: "1", Namespace: "default", Operation: admissionv1.Create, Object: runtime.RawExtension{Raw: raw},
	}}
}
