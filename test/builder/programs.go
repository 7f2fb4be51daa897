package builder

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"lanekeeper.io/test/precondition"
)

// prepare sees to it that the machine has what the build needs: what may be
// installed is, and everything else is named before anything is built.
func (w *workshop) prepare(ctx context.Context, log io.Writer, chosen []part) error {
	n, err := w.needs(ctx, chosen)
	if err != nil {
		return err
	}
	have := precondition.Look(n)
	if err := precondition.Check(n, have).Err(); err != nil {
		return err
	}
	if absent := precondition.Absent(n, have); len(absent) > 0 {
		return install(ctx, log, absent)
	}
	return nil
}

func install(ctx context.Context, log io.Writer, absent []precondition.Program) error {
	var packages []string
	for _, p := range absent {
		packages = append(packages, p.Package)
	}
	if log == nil {
		log = io.Discard
	}
	fmt.Fprintf(log, "installing %s with apt-get\n", strings.Join(packages, " "))
	for _, args := range [][]string{
		{"update", "-q"},
		append([]string{"install", "-yq", "--no-install-recommends"}, packages...),
	} {
		// Somebody else may be installing something just now, as new machines do.
		cmd := exec.CommandContext(ctx, "apt-get", append([]string{"-o", "DPkg::Lock::Timeout=300"}, args...)...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("apt-get %s: %w\n%s", strings.Join(args, " "), err, tail(string(out), 10))
		}
	}
	return nil
}
