// Command emptywebhook is an admission webhook that does nothing, served by the
// same Go server as the manager's: what any webhook costs.
package main

import (
	"context"
	"flag"
	"net/http"
	"os"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
)

func main() {
	port := flag.Int("port", 0, "port of the webhook")
	metricsAddress := flag.String("metrics-bind-address", "", "address of /metrics")
	certDir := flag.String("cert-dir", "", "directory of tls.crt and tls.key")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())

	go func() {
		handler := promhttp.HandlerFor(metrics.Registry, promhttp.HandlerOpts{})
		_ = http.ListenAndServe(*metricsAddress, handler) // without it the benchmark stops
	}()
	server := webhook.NewServer(webhook.Options{Port: *port, CertDir: *certDir})
	server.Register("/empty", &webhook.Admission{Handler: admission.HandlerFunc(
		func(context.Context, admission.Request) admission.Response { return admission.Allowed("") },
	)})
	if err := server.Start(ctrl.SetupSignalHandler()); err != nil {
		os.Exit(1)
	}
}
