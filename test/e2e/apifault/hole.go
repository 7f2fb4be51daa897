package apifault

import (
	"net"
	"sync"
)

// Swallow lets no byte through any more, to or from the managers, until Mend.
// Nobody is told: connections stay, and new ones are taken and not answered, as
// when a network drops packets.
func (p *Proxy) Swallow() { p.hole.open() }

// hole is where packets get lost while it is open.
type hole struct {
	mu     sync.Mutex
	closed chan struct{} // closed when packets pass again; nil while they do
}

func (h *hole) open() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed == nil {
		h.closed = make(chan struct{})
	}
}

func (h *hole) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed != nil {
		close(h.closed)
		h.closed = nil
	}
}

// wait returns when packets pass, or an error when the connection ends before.
func (h *hole) wait(ended <-chan struct{}) error {
	h.mu.Lock()
	closed := h.closed
	h.mu.Unlock()
	if closed == nil {
		return nil
	}
	select {
	case <-closed:
		return nil
	case <-ended:
		return net.ErrClosed
	}
}

// overHole is a listener whose connections lead over a hole.
type overHole struct {
	net.Listener
	hole *hole
}

// Accept implements net.Listener.
func (l overHole) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &connOverHole{Conn: c, hole: l.hole, ended: make(chan struct{})}, nil
}

type connOverHole struct {
	net.Conn
	hole  *hole
	end   sync.Once
	ended chan struct{}
}

// Read implements net.Conn. What arrives waits for the hole to close, as what is
// sent again does.
func (c *connOverHole) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if gone := c.hole.wait(c.ended); gone != nil {
		return 0, gone
	}
	return n, err
}

// Write implements net.Conn.
func (c *connOverHole) Write(b []byte) (int, error) {
	if err := c.hole.wait(c.ended); err != nil {
		return 0, err
	}
	return c.Conn.Write(b)
}

// Close implements net.Conn.
func (c *connOverHole) Close() error {
	c.end.Do(func() { close(c.ended) })
	return c.Conn.Close()
}
