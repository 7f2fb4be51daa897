package stack

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"

	"golang.org/x/sys/unix"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"lanekeeper.io/test/stack/control"
	"lanekeeper.io/test/stack/state"
)

// Stack is a running stack. Its components and pods are steered by the methods
// of the embedded client.
type Stack struct {
	*control.Client
	name  string
	dir   state.Dir
	bin   string
	init  state.Process // the first process: the stack's namespaces are its own
	ended chan struct{} // closed when our child has ended; nil if it is not ours
}

// Name of the stack.
func (s *Stack) Name() string { return s.name }

// Dir is the folder with the stack's files: logs/, pods/, admin.kubeconfig.
func (s *Stack) Dir() string { return string(s.dir) }

// Kubeconfig is the administrator's; it works inside of the stack's network.
func (s *Stack) Kubeconfig() string { return s.dir.Kubeconfig() }

// MeshConfig is the file with Istio's mesh configuration, which istiod follows.
func (s *Stack) MeshConfig() string { return s.dir.MeshConfig() }

// Bin is where the parts are.
func (s *Stack) Bin() string { return s.bin }

// RESTConfig is the administrator's, and works from outside of the stack.
func (s *Stack) RESTConfig() *rest.Config {
	config, err := clientcmd.BuildConfigFromFlags("", s.dir.Kubeconfig())
	if err != nil {
		// The supervisor wrote the file before the stack was ready.
		panic(fmt.Sprintf("kubeconfig of the stack %q: %v", s.name, err))
	}
	config.Dial = s.Dial
	config.Proxy = func(*http.Request) (*url.URL, error) { return nil, nil } // none that a shell knows leads there
	config.QPS, config.Burst = 500, 1000                                     // a test is not a shared cluster's guest
	return config
}

// RunsFrom returns an error if the stack's programs are those of another folder than bin,
// which is bin of the repository when empty: another checkout has started it then.
func (s *Stack) RunsFrom(bin string) error {
	bin, err := binFolder(bin)
	if err == nil && s.bin != bin {
		err = fmt.Errorf("the stack %q is up and runs the programs of %s, not of %s: end it with `bin/stack down -name %s`, or choose another name", s.name, s.bin, bin, s.name)
	}
	return err
}

// Stop ends the stack. When it returns no process of the stack is left. Its files
// go, too, unless Options.Dir placed them: then they are the caller's.
func (s *Stack) Stop() error {
	if err := s.kill(); err != nil {
		return err
	}
	if s.dir == state.Default(s.name) {
		return s.dir.Remove()
	}
	return nil
}

// Cleanup removes the files of a stack that does not run.
func Cleanup(name string) error {
	if err := CheckName(name); err != nil {
		return err
	}
	return state.Default(name).Remove()
}

// kill ends the first process and with it everything else: the kernel kills all
// processes of the PID namespace before the first one counts as gone.
func (s *Stack) kill() error {
	fd, err := unix.PidfdOpen(s.init.PID, 0)
	if errors.Is(err, unix.ESRCH) || (err == nil && !s.init.Alive()) {
		return s.awaitEnd()
	}
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
		return err
	}
	for {
		_, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, -1)
		if err == nil {
			return s.awaitEnd()
		}
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// awaitEnd collects the child, if the stack is ours.
func (s *Stack) awaitEnd() error {
	if s.ended != nil {
		<-s.ended
	}
	return nil
}

// namespace is the path of one of the stack's namespaces: net, mnt, pid.
func (s *Stack) namespace(kind string) string {
	return filepath.Join("/proc", fmt.Sprint(s.init.PID), "ns", kind)
}
