package stack

import (
	"fmt"
	"hash/fnv"
	"io"
	"path/filepath"
	"regexp"
	"slices"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/precondition"
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

// CheckName returns an error if no stack can have the name.
func CheckName(name string) error {
	if !validName.MatchString(name) {
		return fmt.Errorf("a stack cannot be named %q: use up to 40 of a-z, 0-9 and -", name)
	}
	return nil
}

// OwnName is a name for a stack of this checkout alone, whose tests may run beside those
// of others. It is the same each time: a stack takes the place of what one of its name has
// left that was killed.
func OwnName(what string) (string, error) {
	root, err := builder.FindRoot()
	if err != nil {
		return "", err
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(root)) // it cannot fail
	return fmt.Sprintf("%s-%08x", what, hash.Sum32()), nil
}

// complete fills in what was left out.
func (o *Options) complete() error {
	if o.Name == "" {
		o.Name = DefaultName
	}
	if err := CheckName(o.Name); err != nil {
		return err
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	var err error
	if o.Bin, err = binFolder(o.Bin); err != nil {
		return err
	}
	if o.Dir == "" {
		o.Dir = string(state.Default(o.Name))
	}
	o.Dir, err = filepath.Abs(o.Dir)
	return err
}

// check says everything that keeps a stack from being started here.
func (o *Options) check() error {
	n := precondition.Needs{Stacks: 1}
	var err error
	if n.Unbuilt, err = Unbuilt(o.Bin); err != nil {
		return err
	}
	if dir := state.Dir(o.Dir); dir == state.Default(o.Name) {
		n.Name = o.Name
	} else if _, err := dir.Running(); err == nil {
		return fmt.Errorf("a stack runs already that has its files in %s: end it, or choose another folder", dir)
	}
	return precondition.Check(n, precondition.Look(n)).Err()
}

// Unbuilt are those of a stack's parts that are not in the folder, which is bin of
// the repository when empty. Our own manager is no part: it is a guest in a stack.
func Unbuilt(bin string) ([]string, error) {
	bin, err := binFolder(bin)
	if err != nil {
		return nil, err
	}
	return builder.Missing(bin, slices.DeleteFunc(builder.Names(), func(n string) bool { return n == "lanekeeper" })...), nil
}

func binFolder(bin string) (string, error) {
	if bin != "" {
		return filepath.Abs(bin)
	}
	root, err := builder.FindRoot()
	return filepath.Join(root, "bin"), err
}
