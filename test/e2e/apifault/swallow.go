package apifault

import (
	"net"
	"sync"
)

// Swallow lets no byte through any more, to or from the managers, until Mend.
// Nobody is told: connections stay, and new ones are taken and not answered, as
// when a network drops packets.
func (p *Proxy) Swallow() { p.wire.shut() }

// gatedListener is a listener whose connections lead through a gate.
type gatedListener struct {
	net.Listener
	gate *gate
}

// Accept implements net.Listener.
func (l gatedListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &gatedConn{Conn: c, gate: l.gate, ended: make(chan struct{})}, nil
}

type gatedConn struct {
	net.Conn
	gate  *gate
	end   sync.Once
	ended chan struct{}
}

// Read implements net.Conn. What arrives waits for the gate to open, as what is
// sent again does.
func (c *gatedConn) Read(into []byte) (int, error) {
	n, err := c.Conn.Read(into)
	if c.cut() {
		return 0, net.ErrClosed
	}
	return n, err
}

// Write implements net.Conn.
func (c *gatedConn) Write(b []byte) (int, error) {
	if c.cut() {
		return 0, net.ErrClosed
	}
	return c.Conn.Write(b)
}

// cut waits at the gate, and says whether the connection ended meanwhile.
func (c *gatedConn) cut() bool {
	if !c.gate.wait(c.ended) {
		return false
	}
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// Close implements net.Conn.
func (c *gatedConn) Close() error {
	c.end.Do(func() { close(c.ended) })
	return c.Conn.Close()
}
