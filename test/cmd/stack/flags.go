package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"lanekeeper.io/test/stack"
)

// named makes the flags of a command that is about one stack.
func named(command string) (*flag.FlagSet, *string) {
	flags := flag.NewFlagSet("stack "+command, flag.ContinueOnError)
	name := stack.DefaultName
	flags.Func("name", "the stack's `NAME`, if not "+stack.DefaultName, func(given string) error {
		name = given
		return stack.CheckName(given)
	})
	return flags, &name
}

// parse reads the flags of a command. What is wrong is said in one line; what flags
// there are, -h says.
func parse(flags *flag.FlagSet, args []string) error {
	flags.SetOutput(io.Discard)
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(os.Stdout)
		flags.Usage()
		return err
	}
	if err != nil {
		return fmt.Errorf("%w; `bin/%s -h` lists the flags", err, flags.Name())
	}
	return nil
}

// parseAll is parse for a command that takes no words, or n at most. One too many, and the
// flags behind it, would be ignored, and the command act on another stack than is meant.
func parseAll(flags *flag.FlagSet, args []string, n int) error {
	if err := parse(flags, args); err != nil {
		return err
	}
	if flags.NArg() <= n {
		return nil
	}
	return fmt.Errorf("`bin/%[1]s` does not know what to do with %[2]q; a stack is named by -name NAME, before all words: bin/%[1]s -name NAME", flags.Name(), flags.Arg(n))
}
