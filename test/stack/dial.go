package stack

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/vishvananda/netns"

	"lanekeeper.io/test/stack/network"
)

// Dial opens a connection from inside of the stack's network, for example to a
// pod's address. Names are not resolved there: give addresses.
func (s *Stack) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	var conn net.Conn
	err := addressInside(address)
	if err != nil {
		return nil, fmt.Errorf("dialing: %w", err)
	}
	err = s.inside(func() (err error) {
		conn, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// Listen takes connections on an address of the stack's network. Whoever holds
// the listener may be outside: a socket stays in the network it was opened in.
func (s *Stack) Listen(network, address string) (net.Listener, error) {
	var listener net.Listener
	err := addressInside(address)
	if err != nil {
		return nil, fmt.Errorf("listening: %w", err)
	}
	err = s.inside(func() (err error) {
		listener, err = net.Listen(network, address)
		return err
	})
	return listener, err
}

// addressInside refuses names: looking one up would move on to other threads,
// which are outside.
func addressInside(address string) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	if net.ParseIP(host) == nil {
		return fmt.Errorf("%s inside the stack: only IP addresses are known there", address)
	}
	return nil
}

// inside runs f in the stack's network.
func (s *Stack) inside(f func() error) error {
	namespace, err := netns.GetFromPath(s.namespace("net"))
	if err != nil {
		return fmt.Errorf("the stack %q is gone: %w", s.name, err)
	}
	defer namespace.Close()
	return network.Inside(namespace, f)
}

// HTTPTransport returns a transport whose requests start inside of the stack.
func (s *Stack) HTTPTransport() *http.Transport {
	return &http.Transport{DialContext: s.Dial, MaxIdleConnsPerHost: 256}
}
