package apifault

import (
	"io"
	"net"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// one is a listener with a single connection.
type one struct {
	net.Listener
	conn net.Conn
}

func (o one) Accept() (net.Conn, error) { return o.conn, nil }

// through connects two ends through the gate: what the first returned one sends
// arrives at the second's Read.
func through(t *testing.T, g *gate) (sender, receiver net.Conn) {
	t.Helper()
	sender, behind := net.Pipe()
	t.Cleanup(func() { _ = sender.Close() })
	receiver, err := gatedListener{one{conn: behind}, g}.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { _ = receiver.Close() })
	return sender, receiver
}

func TestShutGateKeepsWhatWasSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		sender, receiver := through(t, g)
		g.shut()
		arrived := make(chan byte, 1)
		go func() {
			var b [1]byte
			if _, err := receiver.Read(b[:]); err == nil {
				arrived <- b[0]
			}
		}()
		_, err := io.WriteString(sender, "a")
		require.NoError(t, err, "who sends does not notice")
		synctest.Wait() // until everybody waits for something
		require.Empty(t, arrived, "it came through")
		g.open()
		assert.Equal(t, byte('a'), <-arrived)
	})
}

func TestShutGateLetsGoOfAConnectionThatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := &gate{}
		_, receiver := through(t, g)
		g.shut()
		sent := make(chan error)
		go func() {
			_, err := io.WriteString(receiver, "a")
			sent <- err
		}()
		synctest.Wait()
		require.NoError(t, receiver.Close())
		assert.ErrorIs(t, <-sent, net.ErrClosed)
	})
}
