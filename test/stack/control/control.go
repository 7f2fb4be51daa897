// Package control is how a process outside a stack talks to its supervisor:
// HTTP and JSON on a unix socket.
package control

import "syscall"

// Component is a program of the stack's own: etcd, istiod and so on.
type Component struct {
	Name  string
	State State
	PID   int    // as seen inside the stack
	Exits int    // how often it ended without having been told to
	Last  string // how it ended the last time
}

// State of a component.
type State string

// States of a component.
const (
	Running State = "running"
	Frozen  State = "frozen"  // by SIGSTOP
	Stopped State = "stopped" // on request
	Failed  State = "failed"  // ended by itself, about to be started again
)

// Status of a stack.
type Status struct {
	Ready      bool
	Components []Component
}

// Usage is what a component or a pod's container uses, its children included.
type Usage struct {
	RSS uint64  // bytes
	CPU float64 // seconds since the start
}

// Stack is what a supervisor offers.
type Stack interface {
	Status() Status
	// StopComponent ends a component and leaves it down until it is started.
	StopComponent(name string) error
	StartComponent(name string) error
	// SignalComponent sends a signal. A component that ends from it is started
	// again, as systemd or a kubelet would.
	SignalComponent(name string, sig syscall.Signal) error
	// SignalPod signals a container of a pod, all of its processes when
	// container is empty.
	SignalPod(namespace, pod, container string, sig syscall.Signal) error
	// Usage has a key per component, and namespace/pod/container per container.
	Usage() (map[string]Usage, error)
}
