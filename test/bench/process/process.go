package process

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// patience is many times what a program needs to end.
const patience = 3 * time.Minute

// Process is a program that runs.
type Process struct {
	command *exec.Cmd
	log     *output
	ended   chan struct{}
}

// start runs a program until the test ends. Its log is shown when that failed.
func start(t testing.TB, program string, args ...string) *Process {
	t.Helper()
	return startIn(t, "", nil, program, args...)
}

// startIn is start in a directory, with more environment.
func startIn(t testing.TB, dir string, env []string, program string, args ...string) *Process {
	t.Helper()
	p := &Process{command: exec.Command(program, args...), log: &output{}, ended: make(chan struct{})}
	p.command.Dir, p.command.Env = dir, append(p.command.Environ(), env...)
	p.command.Stdout, p.command.Stderr = p.log, p.log
	// Nothing outlives the benchmark, however it ends.
	p.command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	require.NoError(t, p.command.Start())
	go func() {
		_ = p.command.Wait() // how it ended is nobody's concern
		close(p.ended)
	}()
	t.Cleanup(func() {
		p.end(t, syscall.SIGKILL)
		if t.Failed() {
			t.Logf("the log of %s ends with:\n%s", program, p.log.tail())
		}
	})
	return p
}

func (p *Process) end(t testing.TB, signal syscall.Signal) {
	t.Helper()
	_ = p.command.Process.Signal(signal) // it may have ended already
	select {
	case <-p.ended:
	case <-time.After(patience):
		t.Fatalf("%s does not end", p.command.Path)
	}
}

// Memory is what the process has resident now, and the most it ever had, in MB
// of 1,000,000 bytes.
func (p *Process) Memory(t testing.TB) (now, peak float64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid))
	require.NoError(t, err)
	for line := range strings.Lines(string(status)) {
		var kib float64
		if n, _ := fmt.Sscanf(line, "VmRSS: %f kB", &kib); n == 1 {
			now = kib * 1024 / 1e6
		}
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kib); n == 1 {
			peak = kib * 1024 / 1e6
		}
	}
	return now, peak
}

// CPU is the time that the process has spent computing, as the scheduler counts
// it in each of its threads. Go ends no thread of an ordinary program.
func (p *Process) CPU(t testing.TB) time.Duration {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.command.Process.Pid))
	require.NoError(t, err)
	require.NotEmpty(t, threads, "the process has ended")
	var total time.Duration
	for _, path := range threads {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		var spent time.Duration
		_, err = fmt.Sscan(string(text), &spent)
		require.NoError(t, err)
		total += spent
	}
	return total
}

// output keeps the end of what a process writes.
type output struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

const kept = 1 << 20

func (o *output) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if o.buffer.Len() > 2*kept {
		rest := bytes.Clone(o.buffer.Bytes()[o.buffer.Len()-kept:])
		o.buffer.Reset()
		o.buffer.Write(rest)
	}
	return o.buffer.Write(p)
}

func (o *output) tail() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	all := o.buffer.Bytes()
	return string(all[max(0, len(all)-2<<10):])
}
