package builder

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Tests builds the tests of the package in a folder into a program. The overlay, unless
// it is empty, is the file that has the go command take other sources.
func Tests(ctx context.Context, folder, overlay, program string) error {
	return Go(ctx, folder, "test", "-c", "-overlay="+overlay, "-o="+program, ".")
}

// Go runs the go command in a folder for whoever builds something beside the parts, and
// as they are built.
func Go(ctx context.Context, folder string, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env = folder, environment()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s (in %s): %w\n%s", strings.Join(args, " "), folder, err, out)
	}
	return nil
}

// environment of every build. Programs are static, so that they also run inside a pod's
// mount namespace; and no workspace of the developer's changes what the pins mean.
func environment() []string { return append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off") }
