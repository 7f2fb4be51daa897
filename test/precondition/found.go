package precondition

import (
	"errors"
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
