package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/precondition"
	"lanekeeper.io/test/stack"
)

// check says everything that this machine lacks for what is to come.
func check(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("stack check", flag.ContinueOnError)
	stacks := flags.Int("stacks", 0, "how many stacks will run at the same time")
	servers := flags.Int("servers", 0, "how many API servers of the integration tests will run at the same time")
	name := flags.String("name", "", "a stack that is to be started, and must not run yet")
	build := flags.Bool("build", false, "the parts, or those that are named, will be built before")
	bin := flags.String("bin", besideUs(), "the folder with the parts")
	if err := parse(flags, args); err != nil {
		return err
	}
	set := false
	flags.Visit(func(f *flag.Flag) { set = set || f.Name == "stacks" })
	if set && *stacks < 1 {
		return fmt.Errorf("-stacks=%d: at least one is needed", *stacks)
	}
	if !*build && flags.NArg() > 0 {
		return fmt.Errorf("%q: parts are named with -build only", flags.Arg(0))
	}
	var n precondition.Needs
	var err error
	if *build {
		n, err = builder.Needs(ctx, builder.Options{Bin: *bin}, flags.Args()...)
	} else if *stacks > 0 {
		n.Unbuilt, err = stack.Unbuilt(*bin)
	}
	if err != nil {
		return err
	}
	n.Stacks, n.Servers, n.Name = *stacks, *servers, *name
	found := precondition.Check(n, precondition.Look(n))
	for _, note := range found.Notes {
		fmt.Fprintln(os.Stderr, "note:", note)
	}
	if err := found.Err(); err != nil {
		return err
	}
	fmt.Println(precondition.Ready(n))
	return nil
}
