package precondition

import (
	"errors"
	"fmt"
	"strings"
)

// Lack is a precondition that is missing.
type Lack struct {
	What string
	Mend string // a command, or what to do
}

// Found is what a check has found.
type Found struct {
	Lacks []Lack
	// Notes are no reason to stop.
	Notes []string
}

func (f *Found) lack(what, mend string) { f.Lacks = append(f.Lacks, Lack{what, mend}) }

// Err is nil when nothing is missing.
func (f Found) Err() error {
	if len(f.Lacks) == 0 {
		return nil
	}
	return errors.New(f.String())
}

// String lists everything that is missing.
func (f Found) String() string {
	lines := []string{"this machine is not ready:"}
	for _, l := range f.Lacks {
		lines = append(lines, "- "+l.What, "    "+l.Mend)
	}
	return strings.Join(lines, "\n")
}

// Ready is what to say where nothing is missing.
func Ready(n Needs) string {
	var what []string
	if n.Module != "" {
		what = append(what, "the parts to be built")
	}
	for _, run := range []struct {
		count int
		what  string
	}{{n.Stacks, "stack"}, {n.Servers, "API server"}} {
		switch {
		case run.count == 1:
			what = append(what, "one "+run.what)
		case run.count > 1:
			what = append(what, fmt.Sprintf("%d %ss", run.count, run.what))
		}
	}
	if len(what) == 0 {
		return "this machine is ready"
	}
	return "this machine is ready for " + strings.Join(what, " and ")
}
