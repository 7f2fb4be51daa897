package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// spawner starts processes from one thread that lives as long as the node. A
// child is told to die with its parent, and to the kernel the parent is the
// thread that forked it: Go may end any other one.
type spawner struct {
	jobs   chan func()
	closed sync.Once
}

func newSpawner() *spawner {
	s := &spawner{jobs: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for job := range s.jobs {
			job()
		}
	}()
	return s
}

// close ends the thread, and with it what it has started.
func (s *spawner) close() { s.closed.Do(func() { close(s.jobs) }) }

func (s *spawner) start(cmd *exec.Cmd) error {
	done := make(chan error)
	s.jobs <- func() { done <- cmd.Start() }
	return <-done
}

// process is a running container.
type process struct {
	pid   int
	space string // its PID namespace, which all its descendants share
	done  chan struct{}
	exit  exit // valid once done is closed
}

// launch describes the start of a container's first process.
type launch struct {
	Spec     childSpec
	SpecFile string
	Log      *os.File
	NetNS    *os.File
}

// run returns once the container's program has replaced our child, or with
// the reason why it could not.
func (s *spawner) run(l launch) (*process, error) {
	raw, err := json.Marshal(l.Spec)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(l.SpecFile, raw, 0o600); err != nil {
		return nil, fmt.Errorf("write the container's spec: %w", err)
	}
	report, childSide, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer report.Close()
	cmd := exec.Command("/proc/self/exe", "container", l.SpecFile)
	cmd.Stdout, cmd.Stderr = l.Log, l.Log
	cmd.ExtraFiles = []*os.File{l.NetNS, childSide}
	cmd.Env = []string{"GOMAXPROCS=1"} // the child is there for a moment
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
		Setsid:     true, // a Ctrl-C at the terminal is the supervisor's business
	}
	began := time.Now()
	err = s.start(cmd)
	childSide.Close()
	if err != nil {
		return nil, fmt.Errorf("start a process in new namespaces: %w", err)
	}
	space, _ := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", cmd.Process.Pid))
	message, err := io.ReadAll(report)
	if err != nil || len(message) > 0 {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil, errors.Join(err, errors.New(string(message)))
	}
	p := &process{pid: cmd.Process.Pid, space: space, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended is in the state
		p.exit = exitOf(cmd.ProcessState, began)
		close(p.done)
	}()
	return p, nil
}

func exitOf(state *os.ProcessState, began time.Time) exit {
	e := exit{Code: -1, Started: began, Finished: time.Now()}
	if ws, ok := state.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		e.Signal, e.Code = ws.Signal(), 128+int(ws.Signal())
	} else if state != nil {
		e.Code = state.ExitCode()
	}
	return e
}

// signal reaches the first process. Ending it ends its whole PID namespace.
func (p *process) signal(sig syscall.Signal) {
	select {
	case <-p.done: // the number may already be somebody else's
	default:
		_ = syscall.Kill(p.pid, sig)
	}
}

// inSpaces lists the processes of each PID namespace, by the namespace.
func inSpaces() map[string][]Process {
	found := map[string][]Process{}
	links, _ := filepath.Glob("/proc/[0-9]*/ns/pid")
	for _, link := range links {
		space, err := os.Readlink(link)
		if err != nil {
			continue // it has just ended
		}
		pid, _ := strconv.Atoi(strings.Split(link, "/")[2])
		comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
		found[space] = append(found[space], Process{PID: pid, Command: strings.TrimSpace(string(comm))})
	}
	return found
}
