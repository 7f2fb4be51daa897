package manager

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/integration/installation"
	"lanekeeper.io/webhook"
)

// certificateIsRenewed makes the certificate one that ends tomorrow, while pods
// are created in a namespace where no call of the webhook may fail.
func certificateIsRenewed(t *testing.T, c client.Client, serving *replica) {
	before := certificateSecret(t, c)
	pods := createPods(t, c, "required")

	old := before.DeepCopy()
	old.Data["tls.crt"], old.Data["tls.key"] = endsTomorrow(t, before.Data["ca.crt"], before.Data["ca.key"])
	require.NoError(t, c.Patch(t.Context(), old, client.MergeFrom(before))) // the manager writes it, too

	require.EventuallyWithT(t, func(t *assert.CollectT) {
		served, err := serving.certificate()
		require.NoError(t, err)
		assert.Greater(t, time.Until(served.NotAfter), 300*24*time.Hour)
		assert.NotEqual(t, string(before.Data["tls.crt"]), string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: served.Raw})))
	}, patience, 100*time.Millisecond, "the replica serves a new certificate")
	assert.Equal(t, before.Data["ca.crt"], certificateSecret(t, c).Data["ca.crt"], "who signs stays")
	renewed := pods.created.Load()
	assert.Positive(t, renewed, "pods were created meanwhile")
	require.Eventually(t, func() bool { return pods.created.Load() > renewed+20 }, patience, 10*time.Millisecond, "and afterwards")
	assert.Empty(t, pods.stop())
}

// bundleIsRepaired overwrites the CA bundle by hand, and with the wrong one.
func bundleIsRepaired(t *testing.T, c client.Client) {
	ca := certificateSecret(t, c).Data["ca.crt"]
	key := client.ObjectKey{Name: webhook.ConfigurationName}
	var configuration admissionv1.MutatingWebhookConfiguration
	require.NoError(t, c.Get(t.Context(), key, &configuration))
	wrong, _ := endsTomorrow(t, ca, certificateSecret(t, c).Data["ca.key"])
	base := configuration.DeepCopy()
	for i := range configuration.Webhooks {
		configuration.Webhooks[i].ClientConfig.CABundle = wrong
	}
	require.NoError(t, c.Patch(t.Context(), &configuration, client.MergeFrom(base)))

	require.EventuallyWithT(t, func(t *assert.CollectT) {
		require.NoError(t, c.Get(context.Background(), key, &configuration))
		for _, w := range configuration.Webhooks {
			assert.Equal(t, string(ca), string(w.ClientConfig.CABundle), w.Name)
		}
	}, patience, 100*time.Millisecond)
	require.Eventually(t, func() bool { return tryPod(t.Context(), c, "required") == nil }, patience, 100*time.Millisecond,
		"the API server trusts the webhook again")
}

// stream is pods that are created one after the other.
type stream struct {
	created atomic.Int64
	// stop ends it and returns what failed.
	stop func() []error
}

func createPods(t *testing.T, c client.Client, namespace string) *stream {
	t.Helper()
	installation.NewNamespace(t, c, namespace, map[string]string{"lanekeeper.io/admission": "required"})
	require.Eventually(t, func() bool { return tryPod(t.Context(), c, namespace) == nil }, patience, 100*time.Millisecond)

	ctx, cancel := context.WithCancel(t.Context())
	var creating sync.WaitGroup
	var failures []error
	s := &stream{stop: func() []error {
		cancel()
		creating.Wait()
		return failures
	}}
	creating.Go(func() {
		for ctx.Err() == nil {
			if err := tryPod(t.Context(), c, namespace); err != nil {
				failures = append(failures, err)
				continue
			}
			s.created.Add(1)
		}
	})
	return s
}

// tryPod asks the webhooks for a pod and leaves none behind.
func tryPod(ctx context.Context, c client.Client, namespace string) error {
	return c.Create(ctx, &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "try-", Labels: map[string]string{"app": "try"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "c", Image: "mock"}}},
	}, client.DryRunAll)
}

func certificateSecret(t *testing.T, c client.Client) *corev1.Secret {
	t.Helper()
	secret := &corev1.Secret{}
	require.NoError(t, c.Get(t.Context(), client.ObjectKey{Namespace: installation.Namespace, Name: installation.Secret}, secret))
	return secret
}

// certificate is what the webhook's port shows now.
func (r *replica) certificate() (*x509.Certificate, error) {
	conn, err := tls.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", r.webhook), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }()
	return conn.ConnectionState().PeerCertificates[0], nil
}

// endsTomorrow is a certificate of the webhook that its CA signed, and its key.
func endsTomorrow(t *testing.T, caPEM, caKeyPEM []byte) (cert, key []byte) {
	t.Helper()
	ca, err := tls.X509KeyPair(caPEM, caKeyPEM)
	require.NoError(t, err)
	name := installation.Service + "." + installation.Namespace + ".svc"
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	der, err := x509.CreateCertificate(rand.Reader, template, ca.Leaf, private.Public(), ca.PrivateKey)
	require.NoError(t, err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(private)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER})
}
