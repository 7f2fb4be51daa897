package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client/config"

	"lanekeeper.io/trafficprovider"
)

// Options are the flags; their usage texts are in register.
type Options struct {
	// Provider has flags of its own.
	Provider trafficprovider.Provider

	Namespace               string
	LeaderElect             bool
	LeaderElectionNamespace string
	LeaseDuration           time.Duration
	RenewDeadline           time.Duration
	RetryPeriod             time.Duration

	WebhookPort    int
	WebhookService string
	CertDir        string
	CertSecret     string
	CertManagement string

	MetricsAddress string
	ProbeAddress   string
	PprofAddress   string

	QPS   float64
	Burst int

	LogLevel  string
	LogFormat string

	Version bool
}

// Who makes the webhook's certificate.
const (
	certSelf     = "self"
	certExternal = "external"
)

// parseOptions reads the flags, those of the provider included. Help and mistakes are
// written to output, and returned as errors, help as flag.ErrHelp.
func parseOptions(args []string, provider trafficprovider.Provider, output io.Writer) (Options, error) {
	o := Options{Provider: provider}
	fs := flag.NewFlagSet("lanekeeper", flag.ContinueOnError)
	fs.SetOutput(output)
	config.RegisterFlags(fs)
	o.register(fs)
	if err := fs.Parse(args); err != nil {
		return o, err
	}
	if o.LeaderElectionNamespace == "" {
		o.LeaderElectionNamespace = o.Namespace
	}
	err := o.validate(fs.Args())
	if err != nil {
		fmt.Fprintln(output, err)
	}
	return o, err
}

func (o *Options) register(fs *flag.FlagSet) {
	o.Provider.AddFlags(fs)

	fs.StringVar(&o.Namespace, "namespace", defaultNamespace(),
		"namespace that the manager runs in: of its lease, its certificate's Secret and its webhook's Service; environment variable POD_NAMESPACE is the default")
	fs.BoolVar(&o.LeaderElect, "leader-elect", true,
		"let one replica write while all of them serve the webhook; only a manager that is alone in its cluster can do without")
	fs.StringVar(&o.LeaderElectionNamespace, "leader-elect-namespace", "",
		"namespace of the lease (default: that of --namespace)")
	fs.DurationVar(&o.LeaseDuration, "leader-elect-lease-duration", 15*time.Second,
		"how long a leader that does not renew its lease stays leader: this long nobody writes when it dies")
	fs.DurationVar(&o.RenewDeadline, "leader-elect-renew-deadline", 10*time.Second,
		"how long the leader tries to renew the lease before it gives up and ends")
	fs.DurationVar(&o.RetryPeriod, "leader-elect-retry-period", 2*time.Second,
		"how long the replicas wait between tries to get or renew the lease")

	fs.IntVar(&o.WebhookPort, "webhook-port", 9443, "port of the webhook server")
	fs.StringVar(&o.WebhookService, "webhook-service", "lanekeeper-webhook",
		"Service through which the API server calls the webhook; the certificate is made for it")
	fs.StringVar(&o.CertDir, "cert-dir", "/var/run/lanekeeper/certificate",
		"directory of the webhook's tls.crt and tls.key; it may be empty at the start")
	fs.StringVar(&o.CertSecret, "cert-secret", "lanekeeper-webhook-certificate",
		"Secret that --cert-dir shows, and where the leader keeps the certificate it makes")
	fs.StringVar(&o.CertManagement, "cert-management", certSelf,
		"who makes the certificate and writes its CA into the webhook configurations: self (the leader), or external (cert-manager)")

	fs.StringVar(&o.MetricsAddress, "metrics-bind-address", ":8080", "address of /metrics, plain HTTP; 0 turns it off")
	fs.StringVar(&o.ProbeAddress, "health-probe-bind-address", ":8081", "address of /healthz and /readyz")

	fs.StringVar(&o.PprofAddress, "pprof-bind-address", "0", "address of Go's /debug/pprof/, plain HTTP for whoever can reach it; 0 turns it off")

	fs.Float64Var(&o.QPS, "kube-api-qps", 100, "requests per second to the API server, averaged; below 0 leaves the limit to the API server")
	fs.IntVar(&o.Burst, "kube-api-burst", 200, "requests to the API server at once, above --kube-api-qps")

	fs.StringVar(&o.LogLevel, "log-level", "info", "least level that is logged: debug, info, warn or error")
	fs.StringVar(&o.LogFormat, "log-format", "json", "json, or text for people")

	fs.BoolVar(&o.Version, "version", false, "print the version and exit")
}

func (o *Options) validate(rest []string) error {
	var errs []error
	if len(rest) > 0 {
		errs = append(errs, fmt.Errorf("lanekeeper takes flags only, not %q", rest))
	}
	if err := o.Provider.Validate(); err != nil {
		errs = append(errs, err)
	}
	// The factor is client-go's (leaderelection.JitterFactor).
	if o.RetryPeriod <= 0 || o.RenewDeadline <= o.RetryPeriod*6/5 || o.LeaseDuration <= o.RenewDeadline {
		errs = append(errs, fmt.Errorf(
			"--leader-elect-lease-duration (%s) must be more than --leader-elect-renew-deadline (%s), and that more than 1.2 times --leader-elect-retry-period (%s)",
			o.LeaseDuration, o.RenewDeadline, o.RetryPeriod))
	}
	if o.CertManagement != certSelf && o.CertManagement != certExternal {
		errs = append(errs, fmt.Errorf("--cert-management must be %s or %s, not %q", certSelf, certExternal, o.CertManagement))
	}
	if _, err := newLogger(io.Discard, o.LogLevel, o.LogFormat); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func defaultNamespace() string {
	if namespace := os.Getenv("POD_NAMESPACE"); namespace != "" {
		return namespace
	}
	return "lanekeeper-system"
}
