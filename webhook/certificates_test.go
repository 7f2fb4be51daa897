package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/open-policy-agent/cert-controller/pkg/rotator"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCertificateMayComeLate(t *testing.T) {
	dir := t.TempDir()
	c := NewCertificate(dir)
	stop := startCertificate(t, c)
	defer stop()

	require.ErrorContains(t, c.Ready(nil), "no certificate in "+dir)
	_, err := served(c)
	require.Error(t, err, "a handshake must fail, not wait")

	writeCertificate(t, dir, "first")
	require.Eventually(t, func() bool { return c.Ready(nil) == nil }, 10*time.Second, 10*time.Millisecond)
	name, err := served(c)
	require.NoError(t, err)
	assert.Equal(t, "first", name)
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir := t.TempDir()
	writeCertificate(t, dir, "first")
	c := NewCertificate(dir)
	stop := startCertificate(t, c)
	defer stop()
	require.Eventually(t, func() bool { return c.Ready(nil) == nil }, 10*time.Second, 10*time.Millisecond)

	writeCertificate(t, dir, "second")

	assert.Eventually(t, func() bool {
		name, err := served(c)
		return err == nil && name == "second"
	}, 15*time.Second, 10*time.Millisecond)
}

func startCertificate(t *testing.T, c *Certificate) (stop func()) {
	t.Helper()

	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Start(ctx) }()
	return func() {
		cancel()
		require.NoError(t, <-done)
	}
}

// served is the name in the certificate that a client would be shown.
func served(c *Certificate) (string, error) {
	var config tls.Config
	c.Configure(&config)
	cert, err := config.GetCertificate(nil)
	if err != nil {
		return "", err
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	if err != nil {
		return "", err
	}
	return leaf.Subject.CommonName, nil
}

func writeCertificate(t *testing.T, dir, name string) {
	t.Helper()

	maker := &rotator.CertRotator{CAName: name}
	pair, err := maker.CreateCACert(time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	require.NoError(t, err)
	for file, data := range map[string][]byte{"tls.key": pair.KeyPEM, "tls.crt": pair.CertPEM} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, file+".new"), data, 0o600))
		require.NoError(t, os.Rename(filepath.Join(dir, file+".new"), filepath.Join(dir, file)))
	}
}
