package stack

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"lanekeeper.io/test/stack/state"
)

// Command returns a command that runs inside of the stack's network, as the
// cluster's administrator and with the stack's programs first in its PATH.
func (s *Stack) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, filepath.Join(s.bin, "stack"),
		append([]string{"exec", "-name", s.name, "-dir", string(s.dir), "--", name}, args...)...)
}

// Exec replaces the calling process by a command inside of the stack with the
// name, whose files are in dir. It only returns an error.
//
// The command joins the stack's network and nothing else: it keeps the caller's
// process numbers, files and terminal, so that signals, exit codes and relative
// paths are what the caller expects.
func Exec(name, dir string, argv []string) error {
	s, err := AttachDir(name, dir)
	if err != nil {
		return err
	}
	path := s.bin + string(os.PathListSeparator) + os.Getenv("PATH")
	if err := os.Setenv("PATH", path); err != nil {
		return err
	}
	program, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	if err := useKubectlOf(state.Dir(dir)); err != nil {
		return err
	}
	// The process that execve leaves is the calling thread's.
	runtime.LockOSThread()
	inside, err := os.Open(s.namespace("net"))
	if err != nil {
		return err
	}
	if err := unix.Setns(int(inside.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("entering the network of the stack (are you root?): %w", err)
	}
	return syscall.Exec(program, argv, os.Environ())
}

// useKubectlOf makes kubectl the administrator's of this stack, whatever the caller
// has set up for clusters of his own. Above all, what it remembers of an API server
// must not be another stack's: they all have the same address.
func useKubectlOf(dir state.Dir) error {
	for name, value := range map[string]string{
		"KUBECONFIG":   dir.Kubeconfig(),
		"KUBECACHEDIR": dir.Work("kubectl"),
		"KUBERC":       "off",
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	for _, name := range proxyVariables {
		if err := os.Unsetenv(name); err != nil {
			return err
		}
	}
	return nil
}

// proxyVariables lead to where nothing in a stack's network can go.
var proxyVariables = []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}

// withoutProxies is an environment that leads to no proxy.
func withoutProxies(environment []string) []string {
	return slices.DeleteFunc(environment, func(kv string) bool {
		name, _, _ := strings.Cut(kv, "=")
		return slices.Contains(proxyVariables, name)
	})
}
