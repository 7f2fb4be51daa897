package apifault

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// through connects two ends through the gate: what the first returned one sends
// arrives at the second's Read.
func through(t *testing.T, g *gate) (sender, receiver net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	sender, err = net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = sender.Close() })
	receiver, err = gatedListener{listener, g}.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = receiver.Close() })
	return sender, receiver
}

func TestShutGateKeepsWhatWasSent(t *testing.T) {
	g := &gate{}
	sender, receiver := through(t, g)
	g.shut()
	_, err := io.WriteString(sender, "a")
	require.NoError(t, err, "who sends does not notice")
	arrived := make(chan byte)
	go func() {
		var b [1]byte
		if _, err := receiver.Read(b[:]); err == nil {
			arrived <- b[0]
		}
		close(arrived)
	}()
	select {
	case b := <-arrived:
		t.Fatalf("%q came through", b)
	case <-time.After(50 * time.Millisecond): // a byte on loopback takes microseconds
	}
	g.open()
	assert.Equal(t, byte('a'), <-arrived)
}

func TestShutGateLetsGoOfAConnectionThatEnds(t *testing.T) {
	g := &gate{}
	_, receiver := through(t, g)
	g.shut()
	sent := make(chan error)
	go func() {
		_, err := io.WriteString(receiver, "a")
		sent <- err
	}()
	require.NoError(t, receiver.Close())
	assert.ErrorIs(t, <-sent, net.ErrClosed)
}
