package builder

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// workshop is where building happens: the repository and its bin folder.
type workshop struct {
	root, bin string
}

func newWorkshop(o Options) (*workshop, error) {
	w := &workshop{root: o.Root, bin: o.Bin}
	var err error
	if w.root == "" {
		if w.root, err = FindRoot(); err != nil {
			return nil, err
		}
	}
	if w.bin == "" {
		w.bin = filepath.Join(w.root, "bin")
	}
	if w.bin, err = filepath.Abs(w.bin); err != nil {
		return nil, err
	}
	return w, os.MkdirAll(filepath.Join(w.bin, ".stamps"), 0o755)
}

// scratch is where whatever is not finished lies: in the file system of bin/, so
// that it can be moved there in one step. A part may be running, or being looked
// for by another program, when it is replaced.
func (w *workshop) scratch(elem ...string) string {
	return filepath.Join(append([]string{w.bin, ".work"}, elem...)...)
}

// replace puts a folder that is finished into bin.
func (w *workshop) replace(fresh, name string) error {
	target := filepath.Join(w.bin, name)
	if err := os.RemoveAll(target); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	return os.Rename(fresh, target)
}

// enter lets one build at a time into the workshop, the others wait, and tidies up
// what one that was killed has left.
func (w *workshop) enter(ctx context.Context, log io.Writer) (leave func(), err error) {
	lock, err := os.OpenFile(filepath.Join(w.bin, ".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for said := false; ; said = true {
		// The kernel gives the lock back with the process, however that ends.
		err := unix.Flock(int(lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			break
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			lock.Close()
			return nil, fmt.Errorf("locking %s: %w", lock.Name(), err)
		}
		if !said && log != nil {
			fmt.Fprintf(log, "waiting for another build into %s to end\n", w.bin)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			lock.Close()
			return nil, context.Cause(ctx)
		}
	}
	leave = func() {
		os.RemoveAll(w.scratch())
		lock.Close()
	}
	if err := errors.Join(os.RemoveAll(w.scratch()), os.MkdirAll(w.scratch("go"), 0o755)); err != nil {
		leave()
		return nil, err
	}
	return leave, nil
}

// goBuild builds the package into bin/name, from the module in the folder dir. It
// does not ask git, which refuses a checkout of another user.
func (w *workshop) goBuild(ctx context.Context, name, dir, pkg, ldflags string) error {
	args := []string{"build", "-buildvcs=false", "-o", filepath.Join(w.bin, name)}
	if ldflags != "" {
		args = append(args, "-ldflags", ldflags)
	}
	_, err := w.run(ctx, dir, "go", append(args, pkg)...)
	return err
}

// moduleVersion returns the version of a module that a tool's go.mod pins.
func (w *workshop) moduleVersion(ctx context.Context, tool, module string) (string, error) {
	out, err := w.run(ctx, toolDir(tool), "go", "list", "-m", "-f", "{{.Version}}", module)
	return strings.TrimSpace(string(out)), err
}

// moduleDir returns the folder of a module that a tool's go.mod pins, and
// downloads the module when it is not there yet.
func (w *workshop) moduleDir(ctx context.Context, tool, module string) (string, error) {
	out, err := w.run(ctx, toolDir(tool), "go", "mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var m struct{ Dir string }
	if err := json.Unmarshal(out, &m); err != nil {
		return "", fmt.Errorf("go mod download -json %s: %w", module, err)
	}
	return m.Dir, nil
}

// run executes a command in a folder of the repository and returns its output;
// the error carries the end of what it had to say.
func (w *workshop) run(ctx context.Context, dir, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = filepath.Join(w.root, dir)
	cmd.Env = append(environment(), "GOTMPDIR="+w.scratch("go"))
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("%s %s (in %s): %w\n%s", name, strings.Join(args, " "), dir, err, tail(complaints.String(), 20))
	}
	return out.Bytes(), nil
}

// tail returns the last lines of a text.
func tail(s string, lines int) string {
	all := strings.Split(strings.TrimSpace(s), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
