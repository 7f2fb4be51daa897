package steps

import (
	"context"
	"io"
	"net"
	"sync"
	"time"

	"lanekeeper.io/test/e2e/scenario"
	"lanekeeper.io/test/stack"
)

// detour is where calls are led to that are meant for somebody else.
type detour struct {
	net.Listener

	mu    sync.Mutex
	over  bool
	conns []net.Conn
}

// pass lets another answer each connection, with every answer a while later. It
// returns when the detour is closed.
func (d *detour) pass(ctx context.Context, s *stack.Stack, to string, later time.Duration) {
	for {
		from, err := d.Accept()
		if err != nil {
			return // closed
		}
		go func() {
			defer from.Close()
			answers, err := s.Dial(ctx, "tcp", to)
			if err != nil {
				return
			}
			defer answers.Close()
			if !d.keep(from, answers) {
				return
			}
			go func() { _, _ = io.Copy(answers, from) }() // ends with either connection
			_, _ = io.Copy(from, lateReader{ctx, answers, later})
		}()
	}
}

// keep notes connections that end with the detour, unless it is over.
func (d *detour) keep(conns ...net.Conn) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.conns = append(d.conns, conns...)
	return !d.over
}

// close ends the detour and every connection that takes it: whoever uses one
// again would be answered for as long as it stays open.
func (d *detour) close() {
	_ = d.Close() // it may be closed already
	d.mu.Lock()
	defer d.mu.Unlock()
	d.over = true
	for _, c := range d.conns {
		_ = c.Close()
	}
}

// lateReader passes on what it reads a while later.
type lateReader struct {
	ctx   context.Context
	from  io.Reader
	later time.Duration
}

func (r lateReader) Read(b []byte) (int, error) {
	n, err := r.from.Read(b)
	if stopped := scenario.Pass(r.ctx, r.later); stopped != nil {
		return 0, stopped
	}
	return n, err
}
