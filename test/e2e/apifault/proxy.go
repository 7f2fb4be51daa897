package apifault

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"

	"k8s.io/client-go/rest"

	"lanekeeper.io/test/stack"
	"lanekeeper.io/test/stack/pki"
	"lanekeeper.io/test/stack/state"
)

// Port is where the proxy listens, at the API server's own address.
const Port = "6444"

// Proxy passes calls on to the API server. It shows the API server's own
// certificate, so that who trusts that one trusts it.
type Proxy struct {
	stack *stack.Stack
	cert  tls.Certificate
	host  string
	pass  *httputil.ReverseProxy

	wire    gate // between the managers and us
	watches gate // for the events of watches

	mu       sync.Mutex
	server   *http.Server // nil while the connection is cut
	listener net.Listener
	before   func(Call) Fault
	after    func(Call)
}

// Start stands between the API server and whoever calls it at Port, until Cut.
func Start(s *stack.Stack) (*Proxy, error) {
	config := s.RESTConfig()
	target, err := url.Parse(config.Host)
	if err != nil {
		return nil, err
	}
	dir := state.Dir(s.Dir())
	cert, err := tls.LoadX509KeyPair(dir.PKI(pki.ServerCert), dir.PKI(pki.ServerKey))
	if err != nil {
		return nil, fmt.Errorf("the API server's certificate: %w", err)
	}
	transport, err := anonymous(config)
	if err != nil {
		return nil, err
	}
	p := &Proxy{stack: s, cert: cert, host: target.Hostname()}
	p.pass = &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:      transport,
		FlushInterval:  -1, // a watch's events must not wait
		ModifyResponse: p.watched,
		ErrorLog:       log.New(io.Discard, "", 0),
		// The API server may be away: let the caller see what it would see.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
	}
	return p, p.Mend()
}

// anonymous trusts the API server and is nobody to it: callers bring their own
// tokens.
func anonymous(config *rest.Config) (http.RoundTripper, error) {
	nobody := rest.AnonymousClientConfig(config)
	nobody.Dial = config.Dial
	return rest.TransportFor(nobody)
}

// Before sets what decides about every call from now on; nil lets all pass.
func (p *Proxy) Before(decide func(Call) Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.before = decide
}

// After sets what hears of every call that was made, before its answer goes
// back; nil for nothing.
func (p *Proxy) After(hear func(Call)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.after = hear
}

// Cut breaks all connections and takes none until Mend.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server != nil {
		_ = p.server.Close()
		// One that has not begun to serve yet does not know what it listens on, and
		// the next would find the address in use.
		_ = p.listener.Close()
		p.server = nil
	}
}

// Mend takes connections again, and lets those go on that stood still.
func (p *Proxy) Mend() error {
	p.wire.open()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.server != nil {
		return nil
	}
	listener, err := p.stack.Listen("tcp", net.JoinHostPort(p.host, Port))
	if err != nil {
		return err
	}
	// It has no time limits, as the API server has none: who opens a connection and
	// uses it later must find it open.
	p.listener, p.server = listener, &http.Server{Handler: p, ErrorLog: log.New(io.Discard, "", 0),
		TLSConfig: &tls.Config{Certificates: []tls.Certificate{p.cert}}}
	server := p.server
	go func() { _ = server.ServeTLS(gatedListener{listener, &p.wire}, "", "") }() // until it is closed
	return nil
}

// Heal lets everything pass again.
func (p *Proxy) Heal() error {
	p.Before(nil)
	p.After(nil)
	p.GoOn()
	return p.Mend()
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	before, after := p.before, p.after
	p.mu.Unlock()
	call := callOf(r)
	fault := Pass
	if before != nil {
		fault = before(call)
	}
	if fault.made() {
		answer := w
		if fault != Pass || call.Write() {
			// It is made, and heard of, whether or not its caller lives to hear how it ended.
			r = r.WithContext(context.WithoutCancel(r.Context()))
		}
		if fault != Pass {
			answer = httptest.NewRecorder()
		}
		p.pass.ServeHTTP(heard{answer, func() {
			if after != nil && !call.Watch {
				after(call)
			}
		}}, r)
	}
	if fault != Pass {
		fault.answer(w)
	}
}

// heard tells of an answer before it goes back.
type heard struct {
	http.ResponseWriter
	tell func()
}

// WriteHeader implements http.ResponseWriter.
func (h heard) WriteHeader(code int) {
	h.tell()
	h.ResponseWriter.WriteHeader(code)
}

// Unwrap lets http.ResponseController flush a watch's events.
func (h heard) Unwrap() http.ResponseWriter { return h.ResponseWriter }
