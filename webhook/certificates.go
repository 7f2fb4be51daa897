package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/open-policy-agent/cert-controller/pkg/rotator"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/certwatcher"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/manager"
)

// The certificate has one writer and many readers. The leader alone makes it: it writes
// the Secret, and the CA into the webhook configurations. Every replica, leader or not,
// serves what is in the Secret's volume, and reads it again when it changes. So serving
// does not depend on who makes the certificate: with cert-manager only Rotate is left
// out.

// +kubebuilder:rbac:groups="",namespace=lanekeeper-system,resources=secrets,verbs=get;list;watch
// +kubebuilder:rbac:groups="",namespace=lanekeeper-system,resources=secrets,resourceNames=lanekeeper-webhook-certificate,verbs=update
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=mutatingwebhookconfigurations;validatingwebhookconfigurations,verbs=get;list;watch
// +kubebuilder:rbac:groups=admissionregistration.k8s.io,resources=mutatingwebhookconfigurations;validatingwebhookconfigurations,resourceNames=lanekeeper,verbs=update

// ConfigurationName is the name of our MutatingWebhookConfiguration and of our
// ValidatingWebhookConfiguration.
const ConfigurationName = "lanekeeper"

// certificatePoll is how long an empty directory goes unread.
const certificatePoll = time.Second

// Certificate serves the certificate of a directory which may be empty at first:
// the very first leader has yet to make it, and its Secret takes a while to
// reach the volume. Until then handshakes fail and the replica is not ready;
// nothing waits.
type Certificate struct {
	dir     string
	watcher atomic.Pointer[certwatcher.CertWatcher]
}

var (
	_ manager.Runnable               = (*Certificate)(nil)
	_ manager.LeaderElectionRunnable = (*Certificate)(nil)
)

// NewCertificate serves tls.crt and tls.key of the directory.
func NewCertificate(dir string) *Certificate { return &Certificate{dir: dir} }

// NeedLeaderElection implements manager.LeaderElectionRunnable: every replica serves.
func (*Certificate) NeedLeaderElection() bool { return false }

// Start implements manager.Runnable: it waits for the certificate, then follows its
// changes.
func (c *Certificate) Start(ctx context.Context) error {
	ticker := time.NewTicker(certificatePoll)
	defer ticker.Stop()
	for {
		watcher, err := c.open()
		if err == nil {
			c.watcher.Store(watcher)
			return watcher.Start(ctx)
		}
		if !errors.Is(err, os.ErrNotExist) {
			logf.FromContext(ctx).Error(err, "the webhook's certificate cannot be used; reading it again")
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

func (c *Certificate) open() (*certwatcher.CertWatcher, error) {
	cert, key := filepath.Join(c.dir, "tls.crt"), filepath.Join(c.dir, "tls.key")
	for _, path := range []string{cert, key} {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	return certwatcher.New(cert, key)
}

// Configure makes a TLS server present the certificate.
func (c *Certificate) Configure(config *tls.Config) {
	config.GetCertificate = func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		watcher := c.watcher.Load()
		if watcher == nil {
			return nil, c.missing()
		}
		return watcher.GetCertificate(hello)
	}
}

// Ready is a readiness check. It returns an error until the certificate is loaded.
func (c *Certificate) Ready(*http.Request) error {
	if c.watcher.Load() == nil {
		return c.missing()
	}
	return nil
}

func (c *Certificate) missing() error {
	return fmt.Errorf("no certificate in %s yet: the leader makes it, or cert-manager", c.dir)
}

// Rotation is which certificate to make, and where it goes.
type Rotation struct {
	// Secret that holds the certificate. It must exist; it may be empty.
	Secret types.NamespacedName
	// Service that the API server calls, in the Secret's namespace.
	Service string
	// Dir is where the Secret's volume is mounted.
	Dir string
}

// Rotate makes the leader keep the certificate and the webhooks' CA bundles
// valid. A certificate lives a year and is renewed 90 days before its end, the
// CA ten years. The error is that of adding it to the manager.
func Rotate(mgr manager.Manager, r Rotation) error {
	return rotator.AddRotator(mgr, &rotator.CertRotator{
		SecretKey:      r.Secret,
		CertDir:        r.Dir,
		CAName:         "lanekeeper-ca",
		CAOrganization: "lanekeeper",
		DNSName:        fmt.Sprintf("%s.%s.svc", r.Service, r.Secret.Namespace),
		ExtraDNSNames:  []string{fmt.Sprintf("%s.%s.svc.cluster.local", r.Service, r.Secret.Namespace)},
		// Closed when the CA bundles are written. Only the leader gets there, so
		// readiness does not ask it.
		IsReady: make(chan struct{}),
		Webhooks: []rotator.WebhookInfo{
			{Name: ConfigurationName, Type: rotator.Mutating},
			{Name: ConfigurationName, Type: rotator.Validating},
		},
		FieldOwner:            "lanekeeper",
		RequireLeaderElection: true,
	})
}
