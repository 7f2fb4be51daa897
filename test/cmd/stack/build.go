package main

import (
	"context"
	"flag"
	"os"

	"lanekeeper.io/test/builder"
)

func build(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("stack build", flag.ContinueOnError)
	root := flags.String("root", "", "the repository (default: the one around the working directory)")
	bin := flags.String("bin", "", "where the parts go (default: bin in the repository)")
	if err := parse(flags, args); err != nil {
		return err
	}
	return builder.Build(ctx, builder.Options{Root: *root, Bin: *bin, Log: os.Stdout}, flags.Args()...)
}
