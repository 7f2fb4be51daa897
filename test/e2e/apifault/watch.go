package apifault

import (
	"context"
	"io"
	"net/http"
)

// StandStill lets no event of any watch through until GoOn. Nothing tells the
// watcher: its cache stays as it was while it goes on writing.
func (p *Proxy) StandStill() { p.watches.shut() }

// GoOn ends the watches that stood still, with the events they missed. Their
// watchers begin anew.
func (p *Proxy) GoOn() { p.watches.open() }

// watched makes an answer's events pass the gate.
func (p *Proxy) watched(r *http.Response) error {
	if callOf(r.Request).Watch {
		r.Body = &gatedBody{ReadCloser: r.Body, gate: &p.watches, ctx: r.Request.Context()}
	}
	return nil
}

// gatedBody is a watch's.
type gatedBody struct {
	io.ReadCloser
	gate *gate
	ctx  context.Context
}

// Read implements io.Reader. What arrives while watches stand still is dropped,
// and the watch ends afterwards.
func (g *gatedBody) Read(into []byte) (int, error) {
	n, err := g.ReadCloser.Read(into)
	if g.gate.wait(g.ctx.Done()) {
		return 0, io.ErrUnexpectedEOF
	}
	return n, err
}
