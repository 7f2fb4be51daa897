package apifault

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// over connects two ends over the hole: what the first returned one sends
// arrives at the second's Read.
func over(t *testing.T, h *hole) (sender, receiver net.Conn) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	sender, err = net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { _ = sender.Close() })
	receiver, err = overHole{listener, h}.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = receiver.Close() })
	return sender, receiver
}

func TestHoleKeepsWhatWasSent(t *testing.T) {
	h := &hole{}
	sender, receiver := over(t, h)
	h.open()
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
	h.close()
	assert.Equal(t, byte('a'), <-arrived)
}

func TestHoleLetsGoOfAConnectionThatEnds(t *testing.T) {
	h := &hole{}
	_, receiver := over(t, h)
	h.open()
	sent := make(chan error)
	go func() {
		_, err := io.WriteString(receiver, "a")
		sent <- err
	}()
	require.NoError(t, receiver.Close())
	assert.ErrorIs(t, <-sent, net.ErrClosed)
}
