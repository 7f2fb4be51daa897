package main

import (
	"context"
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"lanekeeper.io/test/stack"
)

func signalComponent(_ context.Context, args []string) error {
	return steer("signal", 2, args, func(s *stack.Stack, args []string) error {
		sig, err := signalNamed(args[1])
		if err != nil {
			return err
		}
		return s.SignalComponent(args[0], sig)
	})
}

func stopComponent(_ context.Context, args []string) error {
	return steer("stop", 1, args, func(s *stack.Stack, args []string) error { return s.StopComponent(args[0]) })
}

func startComponent(_ context.Context, args []string) error {
	return steer("start", 1, args, func(s *stack.Stack, args []string) error { return s.StartComponent(args[0]) })
}

// steer runs an action on a stack with n arguments.
func steer(command string, n int, args []string, act func(*stack.Stack, []string) error) error {
	flags, name := named(command)
	if err := parseAll(flags, args, n); err != nil {
		return err
	}
	if flags.NArg() < n {
		return fmt.Errorf("`stack %s` takes %d argument(s); see `bin/stack help`", command, n)
	}
	s, err := stack.Attach(*name)
	if err != nil {
		return err
	}
	return act(s, flags.Args())
}

// signalNamed knows signals as kill(1) does: TERM, SIGTERM.
func signalNamed(name string) (syscall.Signal, error) {
	full := "SIG" + strings.TrimPrefix(strings.ToUpper(name), "SIG")
	if sig := unix.SignalNum(full); sig != 0 {
		return sig, nil
	}
	return 0, fmt.Errorf("there is no signal %q", name)
}
