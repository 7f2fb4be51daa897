package builder

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// progress shows how one part is getting on: a single line, which ticks on a
// terminal and is written once, at the end, anywhere else.
type progress struct {
	out      io.Writer
	label    string
	terminal bool
	stop     chan struct{}
	ticking  sync.WaitGroup
}

func newProgress(out io.Writer, i, n int, name string) *progress {
	if out == nil {
		out = io.Discard
	}
	return &progress{out: out, label: fmt.Sprintf("[%d/%d] %s …", i, n, name), terminal: isTerminal(out), stop: make(chan struct{})}
}

// start begins to show the time that passes.
func (p *progress) start() {
	if !p.terminal {
		fmt.Fprintln(p.out, p.label, "building")
		return
	}
	begun := time.Now()
	fmt.Fprint(p.out, p.label)
	p.ticking.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-p.stop:
				return
			case <-tick.C:
				fmt.Fprintf(p.out, "\r%s %s", p.label, time.Since(begun).Round(time.Second))
			}
		}
	})
}

// done ends the line with the outcome.
func (p *progress) done(outcome string) {
	close(p.stop)
	p.ticking.Wait()
	if p.terminal {
		fmt.Fprint(p.out, "\r\033[K") // what the clock left behind
	}
	fmt.Fprintln(p.out, p.label, outcome)
}

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	if !ok {
		return false
	}
	_, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	return err == nil
}
