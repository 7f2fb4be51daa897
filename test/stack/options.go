package stack

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/stack/state"
)

// DefaultName is the name of the stack when none is given.
const DefaultName = "default"

// Options say which stack to start.
type Options struct {
	Name string    // DefaultName when empty; part of a path
	Bin  string    // the folder with the parts; bin/ of the repository when empty
	Dir  string    // where the stack keeps its files; by its name below /tmp when empty
	Log  io.Writer // progress
	// Detach lets the stack outlive this process. Otherwise it ends with it,
	// however the process ends.
	Detach bool
}

var validName = regexp.MustCompile(`^[a-z0-9][-a-z0-9]{0,39}$`)

// complete fills in what was left out and checks that a stack can start.
func (o *Options) complete() error {
	if o.Name == "" {
		o.Name = DefaultName
	}
	if !validName.MatchString(o.Name) {
		return fmt.Errorf("a stack cannot be named %q: use up to 40 of a-z, 0-9 and -", o.Name)
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.Bin == "" {
		root, err := builder.FindRoot()
		if err != nil {
			return err
		}
		o.Bin = filepath.Join(root, "bin")
	}
	var err error
	if o.Bin, err = filepath.Abs(o.Bin); err != nil {
		return err
	}
	if o.Dir == "" {
		o.Dir = string(state.Default(o.Name))
	}
	if o.Dir, err = filepath.Abs(o.Dir); err != nil {
		return err
	}
	if os.Geteuid() != 0 {
		return errors.New("a stack needs root, because it runs pods in network namespaces of their own and under several users: run this as root or with sudo")
	}
	return builder.Require(o.Bin, required()...)
}

// required are the parts that a stack runs; our own manager is a guest in it.
func required() []string {
	return slices.DeleteFunc(builder.Names(), func(n string) bool { return n == "lanekeeper" })
}
