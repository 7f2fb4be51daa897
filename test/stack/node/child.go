package node

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// The descriptors that a container's first process inherits.
const (
	childNetNS  = 3 // the pod's network namespace
	childReport = 4 // closed by a successful exec, carries the error otherwise
)

// maxHostname is the kernel's limit for one label; pods' names may be longer.
const maxHostname = 63

// childSpec tells the re-executed child what container to become.
type childSpec struct {
	Argv     []string
	Env      []string
	Dir      string
	UID, GID int
	Hostname string
	Mounts   []mount
}

// mount binds a host file or folder into the container.
type mount struct {
	Source, Target string
	ReadOnly       bool
}

// ContainerMain is the entry point of `<self> container <spec.json>`: the first
// process of a container, already alone in its PID, mount and UTS namespaces.
// It enters the pod's network namespace, builds the file system, drops its
// privileges and becomes the container's program. It does not return.
func ContainerMain(args []string) {
	err := errors.New("it takes one argument, the container's spec file, and is started by the stack's node only")
	if len(args) == 1 {
		err = becomeContainer(args[0])
	}
	message := "start container: " + err.Error()
	report := os.NewFile(childReport, "report")
	if _, werr := report.WriteString(message); werr != nil {
		fmt.Fprintln(os.Stderr, message)
	}
	os.Exit(127)
}

func becomeContainer(specFile string) error {
	// Namespaces belong to threads: everything up to exec stays on this one.
	runtime.LockOSThread()
	syscall.CloseOnExec(childNetNS)
	syscall.CloseOnExec(childReport)
	raw, err := os.ReadFile(specFile)
	if err != nil {
		return err
	}
	var s childSpec
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("%s: %w", specFile, err)
	}
	if err := unix.Setns(childNetNS, unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter the pod's network namespace: %w", err)
	}
	if err := unix.Sethostname([]byte(s.Hostname[:min(len(s.Hostname), maxHostname)])); err != nil {
		return fmt.Errorf("set host name: %w", err)
	}
	if err := buildRoot(s.Mounts); err != nil {
		return err
	}
	// Container runtimes allow low ports to everybody. An old kernel without
	// the switch merely keeps them closed.
	_ = os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0o644)
	if err := openManyFiles(); err != nil {
		return err
	}
	return execAs(s)
}

// openManyFiles gives the program as many files as it may have, as container
// runtimes do. The shell that the stack was started from has a limit made for people:
// Envoy has more connections under load, and does not raise it itself.
func openManyFiles() error {
	var files unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("limit of open files: %w", err)
	}
	files.Cur = files.Max
	// Whatever Go itself has changed it would change back when it executes.
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &files); err != nil {
		return fmt.Errorf("raise the limit of open files: %w", err)
	}
	return nil
}

// execAs drops the privileges and executes the program.
func execAs(s childSpec) error {
	if err := os.Chdir(s.Dir); err != nil {
		return fmt.Errorf("working directory: %w", err)
	}
	for _, kv := range s.Env {
		if path, ok := strings.CutPrefix(kv, "PATH="); ok {
			_ = os.Setenv("PATH", path) // for LookPath
		}
	}
	program, err := exec.LookPath(s.Argv[0])
	if err != nil {
		return fmt.Errorf("program: %w (does the stack's bin folder hold it?)", err)
	}
	if err := syscall.Setgroups(nil); err != nil {
		return fmt.Errorf("drop groups: %w", err)
	}
	if err := syscall.Setgid(s.GID); err != nil {
		return fmt.Errorf("become group %d: %w", s.GID, err)
	}
	if err := syscall.Setuid(s.UID); err != nil {
		return fmt.Errorf("become user %d: %w", s.UID, err)
	}
	// Changing the user has cleared it: die with the node, however it dies.
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0); err != nil {
		return fmt.Errorf("tie the container to the node's life: %w", err)
	}
	return fmt.Errorf("execute %s: %w", program, syscall.Exec(program, s.Argv, s.Env))
}
