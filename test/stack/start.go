package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"lanekeeper.io/test/stack/control"
	"lanekeeper.io/test/stack/report"
	"lanekeeper.io/test/stack/state"
)

// Start starts a stack, and returns when its API server, Kruise Rollout, istiod,
// node and gateway are ready. The context bounds the start only.
func Start(ctx context.Context, o Options) (*Stack, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	if err := o.check(); err != nil {
		return nil, err
	}
	dir := state.Dir(o.Dir)
	self, err := state.Identify(os.Getpid())
	if err != nil {
		return nil, err
	}
	if err := dir.Create(state.Record{Init: self, Bin: o.Bin}); err != nil {
		return nil, err
	}
	s := newStack(o.Name, dir, o.Bin)
	pipe, err := s.launch(o.Detach)
	if err != nil {
		_ = dir.Remove() // it would claim the name for as long as we live
		return nil, fmt.Errorf("starting the supervisor: %w", err)
	}
	defer pipe.Close()
	// A start that is given up must not wait for the pipe.
	defer context.AfterFunc(ctx, func() { pipe.Close() })()

	begun := time.Now()
	if err := report.Follow(pipe, func(text string) {
		fmt.Fprintf(o.Log, "%5.1fs  %s\n", time.Since(begun).Seconds(), text)
	}); err != nil {
		_ = s.kill() // it is as good as dead, and err says more
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return nil, fmt.Errorf("the stack %q did not start: %w\nits logs are in %s", o.Name, err, dir.Logs())
	}
	return s, nil
}

// launch runs `stack init` in new namespaces. It returns the pipe on which the
// stack reports.
func (s *Stack) launch(detach bool) (*os.File, error) {
	log, err := os.Create(s.dir.Log("supervisor"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	ours, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()

	cmd := exec.Command(filepath.Join(s.bin, "stack"), "init", "-dir", string(s.dir), "-bin", s.bin)
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = "/", log, log, []*os.File{theirs}
	cmd.Env = withoutProxies(os.Environ())
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Setsid:     true, // an interrupt on the terminal is for us to handle
	}
	if !detach {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	}
	if err := s.run(cmd); err != nil {
		ours.Close()
		return nil, err
	}
	return ours, nil
}

// run starts the command and waits for it on one and the same thread: the
// parent-death signal is sent when the thread ends that started the child, not
// the process.
func (s *Stack) run(cmd *exec.Cmd) error {
	started := make(chan error)
	s.ended = make(chan struct{})
	go func() {
		defer close(s.ended)
		runtime.LockOSThread()
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		started <- nil
		_ = cmd.Wait() // the report says why
	}()
	if err := <-started; err != nil {
		return err
	}
	var err error
	if s.init, err = state.Identify(cmd.Process.Pid); err != nil {
		return err
	}
	return s.dir.Write(state.Record{Init: s.init, Bin: s.bin})
}

// Attach finds a running stack by its name.
func Attach(name string) (*Stack, error) {
	if name == "" {
		name = DefaultName
	}
	return AttachDir(name, string(state.Default(name)))
}

// AttachDir finds a running stack by the folder it was started with.
func AttachDir(name, dir string) (*Stack, error) {
	d := state.Dir(dir)
	record, err := d.Running()
	if err != nil {
		return nil, fmt.Errorf("the stack %q (%s): %w; start it with `bin/stack up -name %s`", name, dir, err, name)
	}
	s := newStack(name, d, record.Bin)
	s.init = record.Init
	return s, nil
}

func newStack(name string, dir state.Dir, bin string) *Stack {
	return &Stack{Client: control.NewClient(dir.Socket()), name: name, dir: dir, bin: bin}
}
