package main

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// envoyKeeps is how long Envoy keeps a connection that nobody uses.
const envoyKeeps = time.Hour

// wire is a listener in memory, so that time can be a test's own.
type wire struct {
	dialed chan net.Conn
	closed chan struct{}
}

func newWire() *wire { return &wire{make(chan net.Conn), make(chan struct{})} }

func (w *wire) dial() net.Conn {
	ours, theirs := net.Pipe()
	w.dialed <- theirs
	return ours
}

func (w *wire) Accept() (net.Conn, error) {
	select {
	case c := <-w.dialed:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wire) Close() error   { close(w.closed); return nil }
func (w *wire) Addr() net.Addr { return &net.UnixAddr{Name: "wire"} }

// ask sends one request over a connection and reads the whole answer.
func ask(t *testing.T, conn net.Conn) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://mock/", nil)
	require.NoError(t, err)
	require.NoError(t, req.Write(conn), "the server has closed the connection")
	resp, err := http.ReadResponse(bufio.NewReader(conn), req)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return string(body)
}

func TestConnectionsServeHoweverLongTheyWereUnused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ended := newWire(), make(chan error, 1)
		ctx, stop := context.WithCancel(t.Context())
		go func() { ended <- serve(ctx, w, newMock(env("app", "mocka"))) }()

		conn := w.dial()
		defer conn.Close()
		for _, use := range []string{"never used before", "used before"} {
			time.Sleep(envoyKeeps)
			assert.Contains(t, ask(t, conn), "-> mocka(", use)
		}
		stop()
		require.NoError(t, <-ended)
	})
}

func TestShutdownFinishesRequestsInFlight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ended := newWire(), make(chan error, 1)
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			ended <- serve(ctx, w, http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
				stop()
				time.Sleep(drainTimeout - time.Second)
				_, _ = io.WriteString(out, "whole")
			}))
		}()
		conn := w.dial()
		defer conn.Close()
		assert.Equal(t, "whole", ask(t, conn))
		require.NoError(t, <-ended)
	})
}
