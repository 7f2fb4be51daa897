package supervisor

import (
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"lanekeeper.io/test/stack/control"
	"lanekeeper.io/test/stack/node"
	"lanekeeper.io/test/stack/report"
	"lanekeeper.io/test/stack/state"
)

// Supervisor runs a stack from the inside.
type Supervisor struct {
	dir        state.Dir
	report     report.Report
	components map[string]*component
	rest       *rest.Config
	kube       kubernetes.Interface
	client     client.Client
	namespaces once
	node       atomic.Pointer[node.Node]
	ready      atomic.Bool
}

var _ control.Stack = (*Supervisor)(nil)

func newSupervisor(dir state.Dir, report report.Report) *Supervisor {
	s := &Supervisor{dir: dir, report: report, components: map[string]*component{}}
	for _, c := range []*component{
		s.etcd(), s.apiServer(), s.controllerManager(), s.scheduler(), s.kruise(), s.istiod(),
	} {
		s.components[c.name] = c
	}
	return s
}

// component describes a program of the stack, run in a folder of its own.
func (s *Supervisor) component(name, program string, ready func(context.Context) error, args ...string) *component {
	return &component{
		name: name, program: s.dir.Bin(program), args: args, ready: ready,
		dir: s.dir.Work(name), log: s.dir.Log(name),
		env: []string{
			"PATH=" + s.dir.Bin() + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			"HOME=" + s.dir.Work(name),
			"KUBECONFIG=" + s.dir.Kubeconfig(),
		},
	}
}

// connect makes the clients for the stack's own API server.
func (s *Supervisor) connect() error {
	config, err := clientcmd.BuildConfigFromFlags("", s.dir.Kubeconfig())
	if err != nil {
		return err
	}
	s.rest = quick(config)
	if s.kube, err = kubernetes.NewForConfig(s.rest); err != nil {
		return err
	}
	return nil
}

// Status implements control.Stack.
func (s *Supervisor) Status() control.Status {
	status := control.Status{Ready: s.ready.Load()}
	for _, name := range slices.Sorted(maps.Keys(s.components)) {
		status.Components = append(status.Components, s.components[name].status())
	}
	return status
}

// StopComponent implements control.Stack.
func (s *Supervisor) StopComponent(name string) error {
	c, err := s.named(name)
	if err != nil {
		return err
	}
	return c.stop()
}

// StartComponent implements control.Stack.
func (s *Supervisor) StartComponent(name string) error {
	c, err := s.named(name)
	if err != nil {
		return err
	}
	if err := c.start(); err != nil {
		return err
	}
	return c.awaitReady(context.Background())
}

// SignalComponent implements control.Stack.
func (s *Supervisor) SignalComponent(name string, sig syscall.Signal) error {
	c, err := s.named(name)
	if err != nil {
		return err
	}
	return c.signal(sig)
}

// SignalPod implements control.Stack.
func (s *Supervisor) SignalPod(namespace, pod, container string, sig syscall.Signal) error {
	n := s.node.Load()
	if n == nil {
		return fmt.Errorf("the node is not up yet")
	}
	return n.Signal(namespace, pod, container, sig)
}

// Usage implements control.Stack.
func (s *Supervisor) Usage() (map[string]control.Usage, error) {
	usage := map[string]control.Usage{}
	add := func(key string, pid int) {
		if u, err := usageOf(pid); err == nil { // else it has ended meanwhile
			usage[key] = control.Usage{RSS: usage[key].RSS + u.RSS, CPU: usage[key].CPU + u.CPU}
		}
	}
	add("supervisor", os.Getpid())
	for name, c := range s.components {
		if pid := c.status().PID; pid != 0 {
			add(name, pid)
		}
	}
	if n := s.node.Load(); n != nil {
		for _, p := range n.Processes() {
			add(p.Namespace+"/"+p.Pod+"/"+p.Container, p.PID)
		}
	}
	return usage, nil
}

func (s *Supervisor) named(name string) (*component, error) {
	if c, ok := s.components[name]; ok {
		return c, nil
	}
	return nil, fmt.Errorf("there is no component %q; there are %v", name, slices.Sorted(maps.Keys(s.components)))
}

// once remembers the outcome of what several start-ups need done first.
type once struct {
	sync.Once
	err error
}

func (o *once) do(f func() error) error {
	o.Do(func() { o.err = f() })
	return o.err
}
