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
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	// A goroutine of its own, so that a thread that cannot be brought back ends
	// with it instead of with the caller.
	go func() {
		conn, err := s.dialInside(ctx, network, address)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}

// dialInside moves the thread into the stack's network for as long as the socket
// is opened and connected. A socket stays in the network it was opened in.
func (s *Stack) dialInside(ctx context.Context, network, address string) (net.Conn, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	// Looking a name up would move on to other threads, which are outside.
	if net.ParseIP(host) == nil {
		return nil, fmt.Errorf("dialing %s inside the stack: only IP addresses are known there", address)
	}
	runtime.LockOSThread()
	outside, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	defer outside.Close()
	inside, err := os.Open(s.namespace("net"))
	if err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("the stack %q is gone: %w", s.name, err)
	}
	defer inside.Close()
	if err := unix.Setns(int(inside.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("entering the network of the stack %q: %w", s.name, err)
	}
	conn, dialErr := new(net.Dialer).DialContext(ctx, network, address)
	if err := unix.Setns(int(outside.Fd()), unix.CLONE_NEWNET); err == nil {
		runtime.UnlockOSThread() // else the thread ends with this goroutine
	}
	return conn, dialErr
}

// HTTPTransport returns a transport whose requests start inside of the stack.
func (s *Stack) HTTPTransport() *http.Transport {
	return &http.Transport{DialContext: s.Dial, MaxIdleConnsPerHost: 256}
}
