// Command suite runs what proves the product, in pieces, and says what is left: see
// package suite.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/suite"
)

type options struct {
	once, again, left bool
	until             time.Duration
	stacks            int
	only              []string
}

func main() {
	var o options
	flag.BoolVar(&o.once, "once", false, "only the pieces that together show every promise")
	flag.BoolVar(&o.again, "again", false, "also pieces that have passed on this commit")
	flag.BoolVar(&o.left, "left", false, "only say what is still to be run on this commit")
	flag.DurationVar(&o.until, "until", 0, "begin nothing that would take longer than this from now (default: no limit)")
	flag.IntVar(&o.stacks, "stacks", 2, "stacks side by side, where pieces need one")
	flag.Parse()
	o.only = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "suite:", err)
		os.Exit(1)
	}
}

// check says what is wrong with the options before anything is built.
func (o options) check() error {
	if o.stacks < 1 {
		return fmt.Errorf("-stacks=%d: at least one is needed", o.stacks)
	}
	if o.until < 0 {
		return fmt.Errorf("-until=%s: it must not be negative; leave it out for no limit", o.until)
	}
	return nil
}

func run(ctx context.Context, o options) error {
	begun := time.Now()
	if err := o.check(); err != nil {
		return err
	}
	root, err := builder.FindRoot()
	if err != nil {
		return err
	}
	all, err := suite.All(ctx, root)
	if err != nil {
		return err
	}
	record, err := open(root)
	if err != nil {
		return err
	}
	if o.left {
		suite.Summarize(os.Stdout, record, all, nil)
		return nil
	}
	wanted, err := choose(all, record, o)
	if err != nil {
		return err
	}
	runner := suite.Runner{Root: root, Out: os.Stdout, Stacks: o.stacks, Record: record, Changed: func() bool {
		now, clean, err := suite.Commit(root)
		return err != nil || !clean || now != record.Commit
	}}
	defer func() { suite.Summarize(os.Stdout, record, all, runner.Told) }()
	if err := runner.Prepare(); err != nil {
		return err
	}
	var deadline time.Time
	if o.until > 0 {
		deadline = begun.Add(o.until)
	}
	return runner.Run(ctx, suite.Order(wanted, record.Commit), deadline)
}

// open is the record of the commit, if the tree is as the commit says.
func open(root string) (*suite.Record, error) {
	commit, clean, err := suite.Commit(root)
	if err != nil {
		return nil, err
	}
	if !clean {
		fmt.Println("the tree has changes: what passes now is not kept for the commit")
		return suite.Unkept(commit + "+changes"), nil
	}
	return suite.Open(filepath.Join(root, suite.Folder), commit)
}

// choose takes the pieces that are asked for: by name or group, or by set, and then
// those that have not passed.
func choose(all []suite.Piece, record *suite.Record, o options) ([]suite.Piece, error) {
	if len(o.only) > 0 {
		for _, name := range o.only {
			if !slices.ContainsFunc(all, func(p suite.Piece) bool { return p.Name == name || p.Group.Name == name }) {
				return nil, fmt.Errorf("there is no piece or group %q; `make test-left` lists them", name)
			}
		}
		return slices.DeleteFunc(slices.Clone(all), func(p suite.Piece) bool {
			return !slices.Contains(o.only, p.Name) && !slices.Contains(o.only, p.Group.Name)
		}), nil
	}
	wanted := all
	if o.once {
		wanted = slices.DeleteFunc(slices.Clone(all), func(p suite.Piece) bool { return !p.Once })
	}
	if o.again {
		return wanted, nil
	}
	return record.Left(wanted), nil
}
