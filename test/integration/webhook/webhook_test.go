// Package webhook shows that the real API server asks the webhook what it
// should, as manifests/webhook says, and what happens when there is no answer.
package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	crwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"

	apiv1 "lanekeeper.io/api/v1"
	"lanekeeper.io/lane"
	"lanekeeper.io/rolloutwatch/facts"
	"lanekeeper.io/test/integration/apiserver"
	"lanekeeper.io/test/integration/installation"
	"lanekeeper.io/test/integration/ports"
	"lanekeeper.io/trafficprovider"
	"lanekeeper.io/trafficprovider/istio"
	"lanekeeper.io/webhook"
)

// patience is many times what anything takes that comes by itself.
const patience = 3 * time.Minute

func TestPodAdmission(t *testing.T) {
	server := installation.Start(t)
	c := server.Client(t, client.Options{})
	source := &source{Cluster: &facts.Cluster{API: c}}
	stop := serve(t, server, c, source)
	installation.NewNamespace(t, c, "strict", map[string]string{apiv1.LabelAdmission: apiv1.AdmissionRequired})
	requireCA(t, c, nil)
	installation.AwaitCalls(t, c)

	t.Run("a labelled pod gets the labels of its lane", func(t *testing.T) {
		source.answer(canary, nil)
		for _, namespace := range []string{"default", "strict"} {
			pod := newPod(namespace, "app", "mocka")
			require.NoError(t, c.Create(t.Context(), pod))

			assert.Equal(t, map[string]string{"app": "mocka", "ASM_TRAFFIC_TAG": "canary", apiv1.LaneMarker("canary"): "1"}, pod.Labels)
			assert.Equal(t, []string{namespace}, source.askedFor(), "the namespace is the request's")
		}
	})

	t.Run("a dry run is answered and stores nothing", func(t *testing.T) {
		source.answer(canary, nil)
		pod := newPod("default", "app", "mocka")
		require.NoError(t, c.Create(t.Context(), pod, client.DryRunAll))

		assert.Equal(t, "canary", pod.Labels["ASM_TRAFFIC_TAG"])
		require.Error(t, c.Get(t.Context(), client.ObjectKeyFromObject(pod), pod))
	})

	t.Run("pods that cannot have a lane are not asked about", func(t *testing.T) {
		source.answer(canary, nil)
		for _, pod := range []*corev1.Pod{
			newPod("kube-system", "app", "mocka"),
			newPod(installation.Namespace, "app", "mocka"),
			newPod("default"),
		} {
			pod.Spec.SecurityContext, pod.Spec.Containers[0].SecurityContext = restricted()
			require.NoError(t, c.Create(t.Context(), pod))
			assert.NotContains(t, pod.Labels, "ASM_TRAFFIC_TAG")
		}
		assert.Empty(t, source.askedFor())
	})

	t.Run("without an answer a pod stays as it came", func(t *testing.T) {
		source.answer(nil, errors.New("the caches are on fire"))
		pod := newPod("default", "app", "mocka")
		require.NoError(t, c.Create(t.Context(), pod))

		assert.Equal(t, map[string]string{"app": "mocka"}, pod.Labels)
		assert.Equal(t, []string{"default"}, source.askedFor())
	})

	t.Run("without an answer a pod is refused where admission is required", func(t *testing.T) {
		source.answer(nil, errors.New("the caches are on fire"))

		require.ErrorContains(t, c.Create(t.Context(), newPod("strict", "app", "mocka")), "the caches are on fire")
	})

	t.Run("a new CA reaches the API server, and it goes on asking", func(t *testing.T) {
		old := caOf(t, c)
		var secret corev1.Secret
		require.NoError(t, c.Get(t.Context(), types.NamespacedName{Namespace: installation.Namespace, Name: installation.Secret}, &secret))
		base := secret.DeepCopy()
		secret.Data = nil
		require.NoError(t, c.Patch(t.Context(), &secret, client.MergeFrom(base)))
		requireCA(t, c, old)

		source.answer(canary, nil)
		require.Eventually(t, func() bool {
			pod := newPod("default", "app", "mocka")
			return c.Create(t.Context(), pod) == nil && pod.Labels["ASM_TRAFFIC_TAG"] == "canary"
		}, patience, 100*time.Millisecond)
	})

	stop()
	t.Run("without the webhook pods stay as they came", func(t *testing.T) {
		pod := newPod("default", "app", "mocka")
		require.NoError(t, c.Create(t.Context(), pod))

		assert.Equal(t, map[string]string{"app": "mocka"}, pod.Labels)
	})
	t.Run("without the webhook pods are refused where admission is required", func(t *testing.T) {
		require.ErrorContains(t, c.Create(t.Context(), newPod("strict", "app", "mocka")), "required.pods.lanekeeper.io")
		require.NoError(t, c.Create(t.Context(), newPod("strict")), "a pod without labels has no lane")
	})
}

// serve runs the webhook as the manager does, with answers of the test's.
func serve(t *testing.T, server *apiserver.Server, c client.Client, source webhook.Source) (stop func()) {
	t.Helper()

	scheme := runtime.NewScheme()
	require.NoError(t, errors.Join(clientgoscheme.AddToScheme(scheme), apiv1.AddToScheme(scheme)))
	dir, port := installation.Mount(t, c), ports.Reserve(t, 1)[0]
	certificate := webhook.NewCertificate(dir)
	mgr, err := ctrl.NewManager(server.Config, ctrl.Options{
		Scheme:  scheme,
		Metrics: metricsserver.Options{BindAddress: "0"},
		WebhookServer: crwebhook.NewServer(crwebhook.Options{
			Port: port, TLSOpts: []func(*tls.Config){certificate.Configure},
		}),
	})
	require.NoError(t, err)
	require.NoError(t, mgr.Add(certificate))
	require.NoError(t, webhook.Setup(t.Context(), mgr, source, trafficprovider.DryRun{Client: mgr.GetClient(), Provider: istio.New(time.Second)}))
	require.NoError(t, webhook.Rotate(mgr, webhook.Rotation{
		Secret:  types.NamespacedName{Namespace: installation.Namespace, Name: installation.Secret},
		Service: installation.Service, Dir: dir,
	}))
	installation.Reach(t, c, port)

	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		require.NoError(t, <-done)
	})
	t.Cleanup(stop)
	require.Eventually(t, func() bool { return certificate.Ready(nil) == nil }, patience, 50*time.Millisecond)
	return stop
}

// requireCA waits until every webhook of both configurations has the same CA,
// another than old.
func requireCA(t *testing.T, c client.Client, old []byte) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		bundle := caOf(t, c)
		assert.NotEmpty(t, bundle)
		assert.NotEqual(t, string(old), string(bundle))
	}, patience, 50*time.Millisecond)
}

// caOf is the CA that all webhooks agree on.
func caOf(t require.TestingT, c client.Client) []byte {
	ctx := context.Background()
	var mutating admissionregistrationv1.MutatingWebhookConfiguration
	var validating admissionregistrationv1.ValidatingWebhookConfiguration
	key := types.NamespacedName{Name: webhook.ConfigurationName}
	require.NoError(t, errors.Join(c.Get(ctx, key, &mutating), c.Get(ctx, key, &validating)))
	var bundles [][]byte
	for _, w := range mutating.Webhooks {
		bundles = append(bundles, w.ClientConfig.CABundle)
	}
	for _, w := range validating.Webhooks {
		bundles = append(bundles, w.ClientConfig.CABundle)
	}
	require.Len(t, bundles, 5)
	for _, b := range bundles {
		require.Equal(t, bundles[0], b)
	}
	return bundles[0]
}

// source answers as the test says, and remembers what it was asked about.
type source struct {
	*facts.Cluster
	mutex      sync.Mutex
	placements []lane.Placement
	err        error
	asked      []string
}

func (s *source) answer(placements []lane.Placement, err error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.placements, s.err, s.asked = placements, err, nil
}

// askedFor are the namespaces that it was asked about since the last call.
func (s *source) askedFor() []string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// Placements implements webhook.Source.
func (s *source) Placements(_ context.Context, _ *corev1.Pod, namespace string) ([]lane.Placement, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	s.asked = append(s.asked, namespace)
	return s.placements, s.err
}

// canary is a pod of a canary Deployment.
var canary = []lane.Placement{{
	Group: lane.Group{Name: "rollout", Baseline: "base", Lanes: []lane.Lane{
		{Name: "base", Selector: map[string]string{"ASM_TRAFFIC_TAG": "base"}},
		{Name: "canary", Selector: map[string]string{"ASM_TRAFFIC_TAG": "canary"}},
	}},
	Service: types.NamespacedName{Namespace: "default", Name: "mocka"},
	Pod: lane.Pod{Owner: lane.Owner{
		Known: true, Canary: true, Release: &lane.Release{Stage: lane.StageInLane, Lane: "canary"},
	}},
}}

func newPod(namespace string, labels ...string) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "mocka-"},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "default", Image: "mock"}}},
	}
	for i := 0; i+1 < len(labels); i += 2 {
		metav1.SetMetaDataLabel(&pod.ObjectMeta, labels[i], labels[i+1])
	}
	return pod
}

// restricted are the security contexts that our own namespace asks for.
func restricted() (*corev1.PodSecurityContext, *corev1.SecurityContext) {
	return &corev1.PodSecurityContext{
			RunAsNonRoot: new(true), SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		}, &corev1.SecurityContext{
			AllowPrivilegeEscalation: new(false), Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}
}
