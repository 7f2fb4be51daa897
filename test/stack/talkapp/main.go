// The talking application of the stack: what the mock application is for requests, for
// everything else that goes over HTTP. It tells the chain that a message took, in the
// protocol that it came in, and asks its upstream in the same one.
//
// HTTP/1.1 and HTTP/2 without TLS, on port 8000:
//
//	/talk/once    the chain; with ?after=5s it is told so much later
//	/talk/events  server-sent events, one for each of the upstream's, or ten a second
//	/talk/socket  a WebSocket: an answer for each message
//
// gRPC, on port 9000, service mock.Talk (package talk): Unary, Send, Receive and Both.
//
// The tag is passed on in the header or metadata x-asm-prefer-tag, and nothing else.
//
// Environment: app, version and POD_IP are what it tells; upstream is whom it asks, a host
// name; empty: nobody.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"google.golang.org/grpc"
)

const (
	webPort, grpcPort = "8000", "9000"
	tagHeader         = "x-asm-prefer-tag"
	// drain is how long what is open may take after SIGTERM.
	drain = 20 * time.Second
	// beat is between the events of a service that asks nobody.
	beat = 100 * time.Millisecond
)

// app is one application of the chain.
type app struct {
	self     string
	upstream string
	web      *http.Client
	grpc     *grpc.ClientConn // nil without an upstream
}

func main() {
	ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT) // until the process ends
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "talkapp:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	a, err := newApp(os.Getenv)
	if err != nil {
		return err
	}
	listeners := map[string]net.Listener{}
	for _, port := range []string{webPort, grpcPort} {
		if listeners[port], err = net.Listen("tcp", ":"+port); err != nil {
			return err
		}
	}
	web, calls := a.webServer(), a.grpcServer()
	ended := make(chan error, 2)
	go func() { ended <- web.Serve(listeners[webPort]) }()
	go func() { ended <- calls.Serve(listeners[grpcPort]) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	// What is open goes on for a while, as in an application that means well.
	late, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	drained := make(chan struct{})
	go func() { calls.GracefulStop(); close(drained) }()
	err = web.Shutdown(late)
	select {
	case <-drained:
	case <-late.Done():
		calls.Stop()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return nil
	}
	return err
}

func newApp(env func(string) string) (*app, error) {
	a := &app{
		self:     fmt.Sprintf("-> %s(version: %s, ip: %s)", env("app"), env("version"), env("POD_IP")),
		upstream: env("upstream"),
		web:      &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}},
	}
	return a, a.connect()
}
