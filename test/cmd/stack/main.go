// Command stack builds, starts and steers real clusters without containers, for
// demonstrations and tests. `stack help` lists what it can do.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"

	"lanekeeper.io/test/stack/node"
)

// command is one of the words that may follow `stack`.
type command struct {
	name, args, help string
	run              func(ctx context.Context, args []string) error
}

func commands() []command {
	return []command{
		{"build", "[PART…]", "build the parts of a stack that are not up to date", build},
		{"check", "[PART…]", "say what this machine lacks for parts to be built and stacks to run", check},
		{"up", "", "start a stack that stays until `stack down`", up},
		{"down", "", "end a stack; nothing of it is left", down},
		{"status", "", "show what runs in a stack, and what it uses", status},
		{"exec", "-- COMMAND…", "run a command in a stack's network, as its administrator", execute},
		{"logs", "[NAME]", "print the log of a component or pod; without a name, list them", logs},
		{"signal", "COMPONENT SIGNAL", "signal a component: STOP and CONT freeze and thaw it, KILL crashes it", signalComponent},
		{"stop", "COMPONENT", "end a component until `stack start`", stopComponent},
		{"start", "COMPONENT", "start a stopped component", startComponent},
		// Run by the stack itself.
		{"init", "", "", initialize},
		{"serve", "", "", serve},
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "container" {
		node.ContainerMain(os.Args[2:]) // becomes a pod's process
		return
	}
	// The pods' users are others than who starts a stack, and his umask may be strict.
	unix.Umask(0o022)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	cancel()
	if errors.Is(err, fs.ErrPermission) && os.Geteuid() != 0 {
		err = fmt.Errorf("%w: a stack is root's, run this with sudo", err)
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "stack:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 || args[0] == "help" || args[0] == "-h" || args[0] == "--help" {
		usage()
		return nil
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(ctx, args[1:])
		}
	}
	return fmt.Errorf("there is no command %q; `bin/stack help` lists them", args[0])
}

func usage() {
	fmt.Println("A real cluster on this machine: Kubernetes, Kruise Rollout, Istio, pods with sidecars.")
	fmt.Println("\nUsage:")
	for _, c := range commands() {
		if c.help != "" {
			fmt.Printf("  stack %-26s %s\n", c.name+" "+c.args, c.help)
		}
	}
	fmt.Println("\nEvery command takes -h, and -name NAME behind its own name for a stack other than the default one:\n  stack exec -name mine -- kubectl get pods")
}
