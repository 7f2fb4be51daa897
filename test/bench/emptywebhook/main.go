// Command emptywebhook is an admission webhook that decides nothing, served by the
// same Go server as the manager's: what any webhook costs. One of its paths answers
// with nothing, the other with always the same two labels.
package main

import (
	"context"
	"flag"
	"net/http"
	"os"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"gomodules.xyz/jsonpatch/v2"
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
	server.Register("/empty", answer())
	server.Register("/labels", answer(
		jsonpatch.NewOperation("replace", "/metadata/labels/ASM_TRAFFIC_TAG", "gray-0"),
		jsonpatch.NewOperation("add", "/metadata/labels/lanekeeper.io~1lane.gray-0", "1"),
	))
	if err := server.Start(ctrl.SetupSignalHandler()); err != nil {
		os.Exit(1)
	}
}

func answer(patch ...jsonpatch.Operation) *webhook.Admission {
	return &webhook.Admission{Handler: admission.HandlerFunc(
		func(context.Context, admission.Request) admission.Response { return admission.Patched("", patch...) },
	)}
}
