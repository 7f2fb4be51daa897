// Package report is how a starting stack tells its starter how it goes: a pipe,
// with a line per event whose first character says what it is.
package report

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// FD is the pipe's number in the stack's first processes.
const FD = 3

const (
	step   = "+"
	ready  = "="
	failed = "!"
)

// newline stands for a line break inside of a message.
const newline = "\x00"

// Report is the stack's end. The starter may go away at any time.
type Report struct{ out io.Writer }

// New opens the pipe that the starter has left.
func New() Report { return Report{os.NewFile(FD, "report")} }

// Step says that something is done.
func (r Report) Step(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	fmt.Fprintln(os.Stderr, text)
	fmt.Fprintln(r.out, step+text)
}

// Ready says that the stack is up.
func (r Report) Ready() { fmt.Fprintln(r.out, ready) }

// Failed says that the stack will not come up.
func (r Report) Failed(err error) {
	fmt.Fprintln(os.Stderr, "error:", err)
	fmt.Fprintln(r.out, failed+strings.ReplaceAll(err.Error(), "\n", newline))
}

// Follow reads a report until the stack is ready or has failed.
func Follow(pipe io.Reader, show func(text string)) error {
	lines := bufio.NewScanner(pipe)
	lines.Buffer(nil, 1<<20) // a failure quotes the end of a log
	for lines.Scan() {
		switch line := lines.Text(); {
		case strings.HasPrefix(line, step):
			show(strings.TrimPrefix(line, step))
		case line == ready:
			return nil
		case strings.HasPrefix(line, failed):
			return errors.New(strings.ReplaceAll(strings.TrimPrefix(line, failed), newline, "\n"))
		}
	}
	return errors.New("the supervisor ended before the stack was ready")
}
