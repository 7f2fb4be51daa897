package caught

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/mutants"
)

// limit of one mutant. The longest scenario may take 8 minutes, and its stack some
// to start.
const limit = 20 * time.Minute

// hunt makes a mutant, runs the test that must see it, and returns the line in
// which it was seen.
func (w *workshop) hunt(ctx context.Context, m mutants.Mutant) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("it took longer than %s", limit))
	defer cancel()
	room, err := w.room(m)
	if err != nil {
		return "", err
	}
	cmd, err := w.prepare(ctx, m, room)
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(filepath.Join(room, "bin")) // a name of every part, or a copy
	output := filepath.Join(room, "output.txt")
	failed, err := run(cmd, output)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		return "", fmt.Errorf("%w; what it printed is in %s", err, output)
	}
	line, err := find(output, m.Seen.Words)
	if err != nil {
		return "", err
	}
	return judge(m, failed, line, output)
}

// judge says whether the test saw the mutant.
func judge(m mutants.Mutant, failed bool, line, output string) (string, error) {
	test := strings.Join(m.Seen.Run, "/") + " of " + m.Seen.Package
	switch {
	case !failed:
		return "", fmt.Errorf("nobody saw that %s: %s is green. It has lost what sees that, or the product does right in spite of it, which a mutant must not; what it printed is in %s",
			m.Wrong, test, output)
	case line == "":
		return "", fmt.Errorf("%s is red, but does not say %q: if that is for another reason than that %s, mend the reason, and if the test has other words for it now, write them down in package mutants; what it printed is in %s",
			test, m.Seen.Words, m.Wrong, output)
	}
	return line, nil
}

// prepare builds what the mutant's test needs, and returns the command that runs it.
func (w *workshop) prepare(ctx context.Context, m mutants.Mutant, room string) (*exec.Cmd, error) {
	overlay, err := m.Overlay(w.root, room)
	if err != nil {
		return nil, err
	}
	bin := filepath.Join(room, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		return nil, err
	}
	args := append([]string{"-test.v", "-test.timeout=0", "-test.run=" + pattern(m.Seen.Run),
		"-test.artifacts", "-test.outputdir=" + room}, m.Seen.Args...)
	program := filepath.Join(bin, "test")
	if m.Seen.OnStack() {
		program = w.scenarioProgram()
		args = append(args, "-stack=mutant-"+m.Name, "-bin="+bin)
		err = errors.Join(w.scenarios(), w.parts(bin), w.buildManager(ctx, overlay, filepath.Join(bin, manager)))
	} else {
		err = builder.Tests(ctx, w.folderOf(m.Seen.Package), overlay, program)
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = w.folderOf(m.Seen.Package)
	// A test ends what it started when it is told to end, and that ends by itself
	// when the test is killed.
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = time.Minute
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd, err
}

// pattern is what -run takes for these names and no others.
func pattern(names []string) string {
	var all []string
	for _, name := range names {
		all = append(all, "^"+strings.ReplaceAll(name, " ", "_")+"$")
	}
	return strings.Join(all, "/")
}

// run runs a test with its output in a file, and says whether it failed.
func run(cmd *exec.Cmd, output string) (failed bool, err error) {
	out, err := os.Create(output)
	if err != nil {
		return false, err
	}
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	// The parent-death signal is sent when the thread ends that started the child.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err = cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); ok {
		return true, nil
	}
	return false, err
}

// find returns the first line of a file with the words; empty if there is none.
func find(path, words string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if strings.Contains(lines.Text(), words) {
			return strings.TrimSpace(lines.Text()), nil
		}
	}
	return "", lines.Err()
}
