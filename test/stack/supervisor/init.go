package supervisor

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"lanekeeper.io/test/stack/report"
	"lanekeeper.io/test/stack/state"
)

// Init is the first process of a stack; it never returns. It runs `stack serve`
// and collects the processes whose parents died, which only the first process of
// a PID namespace can do: Serve could not, it waits for its own children.
func Init(dir state.Dir, bin string) {
	told := report.New()
	if err := mountAll(dir, bin); err != nil {
		told.Failed(err)
		os.Exit(1)
	}
	// The first process of a PID namespace is spared by signals that it does not
	// handle, and everything below it ends with it: exiting is all that is needed.
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGTERM, syscall.SIGINT)
	go func() { <-ended; os.Exit(0) }()

	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		told.Failed(err)
		os.Exit(1)
	}
	// Not os/exec: the loop below collects this child, too.
	child, err := syscall.ForkExec("/proc/self/exe", []string{filepath.Base(self), "serve", "-dir", string(dir)},
		&syscall.ProcAttr{Env: os.Environ(), Files: []uintptr{0, 1, 2, report.FD}})
	if err != nil {
		told.Failed(err)
		os.Exit(1)
	}
	syscall.Close(report.FD) // so that the pipe ends with Serve
	os.Exit(collect(child))
}

// collect waits for children until the given one ends, and returns its status.
func collect(child int) int {
	for {
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "waiting for children:", err)
			return 1
		}
		if pid == child {
			return status.ExitStatus()
		}
	}
}
