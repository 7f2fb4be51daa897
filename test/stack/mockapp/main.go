// The mock application of the stack: an HTTP server that prints the call chain
// which a request took.
//
// For every path it answers `-> <app>(version: <version>, ip: <POD_IP>)`,
// followed by the answer of its upstream. It passes on exactly the headers it
// is told to, as an application of a real chain must, so that a lane tag goes
// as far as the applications carry it.
//
// Environment:
//
//	app, version, POD_IP  what it prints
//	upstream_url          whom it calls; empty: nobody
//	PORT                  where it listens (8000)
//	FORWARD_HEADERS       headers passed on (x-asm-prefer-tag,x-prefer-lane,my-request-id)
//	OTEL_PROPAGATORS      baggage: it passes that on by OpenTelemetry's library
//	MOCK_MODE             failing: it answers 500; slow: it answers after 5 s;
//	                      resetting: it ends the connection instead of answering
//
// With the argument "pause" it does nothing until SIGTERM.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/propagation"
)

// drainTimeout is how long requests in flight may take after SIGTERM.
const drainTimeout = 20 * time.Second

func main() {
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT) // until the process ends
	if len(os.Args) > 1 && os.Args[1] == "pause" {
		<-ctx.Done()
		return
	}
	listener, err := net.Listen("tcp", ":"+cmp.Or(os.Getenv("PORT"), "8000"))
	if err == nil {
		err = serve(ctx, listener, application(os.Getenv))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mockapp:", err)
		os.Exit(1)
	}
}

// serve answers until ctx ends, then finishes what is in flight.
//
// The server has no time limits of its own. Envoy opens connections in a burst,
// may use one of them much later for the first time, and keeps each for an hour:
// a limit of ours on idle connections or on the first request of one (which
// ReadHeaderTimeout is, too) would close them just as Envoy uses them, and every
// time that happens a request is lost.
func serve(ctx context.Context, listener net.Listener, h http.Handler) error {
	s := &http.Server{Handler: h}
	drained := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.Background(), drainTimeout)
		defer cancel()
		drained <- s.Shutdown(end)
	}()
	if err := s.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-drained
}

// application is the mock, instrumented by hand as a Go application is where it is told to be: there is
// no agent for it.
func application(env func(string) string) http.Handler {
	m := newMock(env)
	if !strings.Contains(env("OTEL_PROPAGATORS"), "baggage") {
		return m
	}
	passOn := otelhttp.WithPropagators(propagation.NewCompositeTextMapPropagator(propagation.TraceContext{}, propagation.Baggage{}))
	m.client.Transport = otelhttp.NewTransport(m.client.Transport, passOn)
	return otelhttp.NewHandler(m, "mock", passOn)
}

func newMock(env func(string) string) *mock {
	var forward []string
	for h := range strings.SplitSeq(cmp.Or(env("FORWARD_HEADERS"), "x-asm-prefer-tag,x-prefer-lane,my-request-id"), ",") {
		if h = strings.TrimSpace(h); h != "" {
			forward = append(forward, h)
		}
	}
	return &mock{
		self:     fmt.Sprintf("-> %s(version: %s, ip: %s)", cmp.Or(env("app"), "app"), cmp.Or(env("version"), "v1"), env("POD_IP")),
		upstream: env("upstream_url"),
		forward:  forward,
		mode:     env("MOCK_MODE"),
		client:   &http.Client{Timeout: 15 * time.Second, Transport: keepAlive()},
	}
}

// keepAlive holds enough idle connections for a load test: the default of two
// would open a new one for most requests.
func keepAlive() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConns, t.MaxIdleConnsPerHost = 0, 256
	t.Proxy = nil
	return t
}
