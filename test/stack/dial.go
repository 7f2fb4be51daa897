package stack

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
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

// inside runs f on a thread in the stack's network.
func (s *Stack) inside(f func() error) error {
	done := make(chan error, 1)
	// A goroutine of its own, so that a thread that cannot be brought back ends
	// with it instead of with the caller.
	go func() { done <- s.onThreadInside(f) }()
	return <-done
}

func (s *Stack) onThreadInside(f func() error) error {
	runtime.LockOSThread()
	outside, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
	if err != nil {
		runtime.UnlockOSThread()
		return err
	}
	defer outside.Close()
	inside, err := os.Open(s.namespace("net"))
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("the stack %q is gone: %w", s.name, err)
	}
	defer inside.Close()
	if err := unix.Setns(int(inside.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("entering the network of the stack %q: %w", s.name, err)
	}
	result := f()
	if err := unix.Setns(int(outside.Fd()), unix.CLONE_NEWNET); err == nil {
		runtime.UnlockOSThread() // else the thread ends with this goroutine
	}
	return result
}

// HTTPTransport returns a transport whose requests start inside of the stack.
func (s *Stack) HTTPTransport() *http.Transport {
	return &http.Transport{DialContext: s.Dial, MaxIdleConnsPerHost: 256}
}
