package apifault

import (
	"context"
	"io"
	"net/http"
)

// StandStill lets no event of any watch through until GoOn. Nothing tells the
// watcher: its cache stays as it was while it goes on writing.
func (p *Proxy) StandStill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.still == nil {
		p.still = make(chan struct{})
	}
}

// GoOn ends the watches that stood still, with the events they missed. Their
// watchers begin anew.
func (p *Proxy) GoOn() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.still != nil {
		close(p.still)
		p.still = nil
	}
}

// watched makes an answer's events pass the gate.
func (p *Proxy) watched(r *http.Response) error {
	if callOf(r.Request).Watch {
		r.Body = &gated{ReadCloser: r.Body, proxy: p, ctx: r.Request.Context()}
	}
	return nil
}

// gated is a watch's body.
type gated struct {
	io.ReadCloser
	proxy *Proxy
	ctx   context.Context
}

// Read implements io.Reader. What arrives while watches stand still is dropped,
// and the watch ends afterwards.
func (g *gated) Read(into []byte) (int, error) {
	n, err := g.ReadCloser.Read(into)
	g.proxy.mu.Lock()
	still := g.proxy.still
	g.proxy.mu.Unlock()
	if still == nil {
		return n, err
	}
	select {
	case <-still:
	case <-g.ctx.Done():
	}
	return 0, io.ErrUnexpectedEOF
}
