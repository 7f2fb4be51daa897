package main

import (
	"context"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/talk"
)

// TestEachKindTellsTheChain without a gateway: the ports are told apart by the kind.
func TestEachKindTellsTheChain(t *testing.T) {
	a, err := newApp(func(name string) string {
		return map[string]string{"app": "b", "version": "v1", "POD_IP": "10.0.0.1"}[name]
	})
	require.NoError(t, err)
	web, calls := a.webServer(), a.grpcServer()
	defer web.Close()
	defer calls.Stop()
	listen := func() net.Listener {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		return l
	}
	webAt, callsAt := listen(), listen()
	go func() { _ = web.Serve(webAt) }()
	go func() { _ = calls.Serve(callsAt) }()
	for _, k := range talk.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			at := webAt.Addr().String()
			if strings.HasPrefix(k.Name, "gRPC") {
				at = callsAt.Addr().String()
			}
			c, err := k.Open(t.Context(), talk.Way{Address: "gateway:80", Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, network, at)
			}})
			require.NoError(t, err)
			defer c.Close()
			for range 3 {
				chain, err := c.Turn(t.Context())
				require.NoError(t, err)
				assert.Equal(t, "b:v1", chain.String())
			}
		})
	}
}
