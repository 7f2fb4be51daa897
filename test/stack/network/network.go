// Package network runs functions inside of other network namespaces than that of the
// program: a stack's, a pod's, or one that is only for a try.
//
// A namespace is a thread's. So what is done inside is done by a goroutine of its own on
// a locked thread, which comes back: one that ends would take along whatever it has
// started that is to end with this process. A thread that cannot come back is left
// locked, so that Go ends it with its goroutine.
package network

import (
	"fmt"
	"runtime"

	"github.com/vishvananda/netns"
)

// Inside runs f in a namespace. Sockets that it opens belong there for good, also when
// used elsewhere later, and so do the processes that it starts.
func Inside(namespace netns.NsHandle, f func() error) error {
	return onOwnThread(func() error {
		if err := netns.Set(namespace); err != nil {
			return fmt.Errorf("entering a network namespace: %w", err)
		}
		return f()
	})
}

// New makes a namespace that has no name: it lasts for as long as somebody holds the
// handle, or lives in it.
func New() (netns.NsHandle, error) {
	namespace := netns.None()
	err := onOwnThread(func() (err error) {
		namespace, err = netns.New() // and enters it
		return err
	})
	return namespace, err
}

// onOwnThread runs f on a thread that may leave its namespace, and brings it home.
func onOwnThread(f func() error) error {
	done := make(chan error, 1)
	go func() { done <- there(f) }()
	return <-done
}

func there(f func() error) error {
	runtime.LockOSThread()
	home, err := netns.Get()
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("opening this thread's network namespace: %w", err)
	}
	defer home.Close()
	result := f()
	if netns.Set(home) == nil {
		runtime.UnlockOSThread()
	}
	return result
}
