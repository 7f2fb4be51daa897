package supervisor

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"lanekeeper.io/test/stack/control"
)

const (
	restartDelay = time.Second      // after an exit that nobody asked for
	stopPatience = 10 * time.Second // between SIGTERM and SIGKILL
	readyTimeout = time.Minute
)

// component is one of the stack's own programs, kept running until it is told to
// stop.
type component struct {
	name    string
	program string
	args    []string
	env     []string
	dir     string // working folder
	log     string
	ready   func(ctx context.Context) error

	mu     sync.Mutex
	wanted bool
	cmd    *exec.Cmd // nil while it does not run
	exits  int
	last   string
	gone   chan struct{} // closed when keep has ended
}

// start runs the component and keeps it running; it returns at once.
func (c *component) start() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.wanted {
		return fmt.Errorf("%s runs already", c.name)
	}
	if err := c.launch(); err != nil {
		return err
	}
	c.wanted, c.gone = true, make(chan struct{})
	go c.keep(c.cmd, c.gone)
	return nil
}

// launch starts the process. The caller holds the lock.
func (c *component) launch() error {
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(c.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close() // the process has its own copy
	cmd := exec.Command(c.program, c.args...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = c.dir, c.env, log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", c.name, err)
	}
	c.cmd = cmd
	return nil
}

// keep starts the component again whenever it ends, as systemd or a kubelet
// would, until it is not wanted any more.
func (c *component) keep(cmd *exec.Cmd, gone chan struct{}) {
	defer close(gone)
	for {
		_ = cmd.Wait() // how it ended is in the process state
		if !c.ended(cmd) {
			return
		}
		time.Sleep(restartDelay)
		c.mu.Lock()
		if !c.wanted {
			c.mu.Unlock()
			return
		}
		if err := c.launch(); err != nil {
			c.last = err.Error()
		}
		cmd = c.cmd
		c.mu.Unlock()
		if cmd == nil {
			return
		}
	}
}

// ended notes the end of the process and says whether it is still wanted.
func (c *component) ended(cmd *exec.Cmd) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cmd = nil
	if !c.wanted {
		return false
	}
	c.exits++
	c.last = cmd.ProcessState.String()
	fmt.Fprintf(os.Stderr, "%s ended by itself (%v); starting it again\n", c.name, c.last)
	return true
}

// stop ends the component, and returns when it is gone.
func (c *component) stop() error {
	c.mu.Lock()
	if !c.wanted {
		c.mu.Unlock()
		return nil
	}
	c.wanted = false
	process, gone := c.process(), c.gone
	c.mu.Unlock()
	if process != nil {
		_ = process.Signal(syscall.SIGTERM)
		_ = process.Signal(syscall.SIGCONT) // a frozen one would not hear it
		kill := time.AfterFunc(stopPatience, func() { _ = process.Kill() })
		defer kill.Stop()
	}
	<-gone
	return nil
}

func (c *component) signal(sig syscall.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p := c.process(); p != nil {
		return p.Signal(sig)
	}
	return fmt.Errorf("%s does not run", c.name)
}

// process is nil while the component does not run. The caller holds the lock.
func (c *component) process() *os.Process {
	if c.cmd == nil {
		return nil
	}
	return c.cmd.Process
}

// awaitReady returns when the component answers. One that ends before it was
// ever ready has a mistake in its flags or surroundings: its log says which.
func (c *component) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	before := c.status().Exits
	err := await(ctx, func(ctx context.Context) error {
		if s := c.status(); s.Exits > before {
			return permanent{fmt.Errorf("%s ended (%s)", c.name, s.Last)}
		}
		return c.ready(ctx)
	})
	if err != nil {
		return fmt.Errorf("%s did not become ready: %w; its log %s ends with:\n%s", c.name, err, filepath.Base(c.log), c.logTail(12))
	}
	return nil
}

func (c *component) logTail(n int) string {
	content, err := os.ReadFile(c.log)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

func (c *component) status() control.Component {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := control.Component{Name: c.name, Exits: c.exits, Last: c.last}
	switch {
	case c.cmd != nil:
		s.PID, s.State = c.cmd.Process.Pid, control.Running
		if processState(s.PID) == 'T' {
			s.State = control.Frozen
		}
	case c.wanted:
		s.State = control.Failed
	default:
		s.State = control.Stopped
	}
	return s
}
