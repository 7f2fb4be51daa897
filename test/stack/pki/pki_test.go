package pki

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHandshake proves that client and server of one authority trust each other,
// and that the server sees who calls.
func TestHandshake(t *testing.T) {
	ca, err := NewAuthority("ca")
	require.NoError(t, err)
	serverPair, err := ca.Server("api", "127.0.0.1", "kubernetes.default.svc")
	require.NoError(t, err)
	clientPair, err := ca.Client("admin", "system:masters")
	require.NoError(t, err)
	trusted := x509.NewCertPool()
	require.True(t, trusted.AppendCertsFromPEM(ca.Cert()))

	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		subject := r.TLS.PeerCertificates[0].Subject
		_, _ = io.WriteString(w, subject.CommonName+" "+subject.Organization[0])
	}))
	server.TLS = &tls.Config{Certificates: []tls.Certificate{load(t, serverPair)}, ClientCAs: trusted, ClientAuth: tls.RequireAndVerifyClientCert}
	server.StartTLS()
	defer server.Close()

	for _, host := range []string{"", "kubernetes.default.svc"} {
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs: trusted, Certificates: []tls.Certificate{load(t, clientPair)}, ServerName: host,
		}}}
		res, err := client.Get(server.URL)
		require.NoError(t, err)
		said, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		res.Body.Close()
		assert.Equal(t, "admin system:masters", string(said))
	}
}

func load(t *testing.T, p Pair) tls.Certificate {
	t.Helper()
	c, err := tls.X509KeyPair(p.Cert, p.Key)
	require.NoError(t, err)
	return c
}
