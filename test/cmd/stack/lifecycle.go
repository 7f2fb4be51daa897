package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/stack"
	"lanekeeper.io/test/stack/state"
	"lanekeeper.io/test/stack/supervisor"
)

func up(ctx context.Context, args []string) error {
	flags, name := named("up")
	bin := flags.String("bin", besideUs(), "the folder with the parts")
	if err := parseAll(flags, args, 0); err != nil {
		return err
	}
	begun := time.Now()
	s, err := stack.Start(ctx, stack.Options{Name: *name, Bin: *bin, Log: os.Stdout, Detach: true})
	if err != nil {
		return err
	}
	url, err := s.GatewayURL(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\nThe stack %q is up after %.1f s. Its files are in %s.\n\n%s", s.Name(), time.Since(begun).Seconds(), s.Dir(), whatNext(s.Name(), url))
	return nil
}

// whatNext lists commands for the stack that is up, for the repository's root.
func whatNext(name, url string) string {
	option := ""
	if name != stack.DefaultName {
		option = " -name " + name
	}
	return fmt.Sprintf(`  bin/stack exec%[1]s -- kubectl get pods -A
  bin/stack exec%[1]s -- curl %[2]s/
  bin/stack status%[1]s
  bin/stack down%[1]s
`, option, url)
}

func down(_ context.Context, args []string) error {
	flags, name := named("down")
	if err := parseAll(flags, args, 0); err != nil {
		return err
	}
	s, err := stack.Attach(*name)
	if err != nil {
		// Ending what does not run is no mistake; its files may still be there.
		if err := stack.Cleanup(*name); err != nil {
			return err
		}
		fmt.Printf("the stack %q does not run\n", *name)
		return nil
	}
	if err := s.Stop(); err != nil {
		return err
	}
	fmt.Printf("the stack %q is gone\n", *name)
	return nil
}

// initialize is the first process of a stack.
func initialize(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("stack init", flag.ContinueOnError)
	dir, bin := flags.String("dir", "", ""), flags.String("bin", "", "")
	if err := parseAll(flags, args, 0); err != nil {
		return err
	}
	supervisor.Init(state.Dir(*dir), *bin)
	return nil
}

// serve is the second one.
func serve(_ context.Context, args []string) error {
	flags := flag.NewFlagSet("stack serve", flag.ContinueOnError)
	dir := flags.String("dir", "", "")
	if err := parseAll(flags, args, 0); err != nil {
		return err
	}
	supervisor.Serve(state.Dir(*dir))
	return nil
}

// besideUs is this program's own folder if the other parts are there, too; else
// the repository's bin is looked for.
func besideUs() string {
	self, err := os.Executable()
	if err != nil || len(builder.Missing(filepath.Dir(self), "kube-apiserver")) > 0 {
		return ""
	}
	return filepath.Dir(self)
}
