package suite

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"lanekeeper.io/test/builder"
)

// command runs the pieces of a batch: a make target, or a test that was built
// before. Not through `go test`, which would leave the test running if it was killed.
func command(ctx context.Context, root string, batch []Piece, stacks int) *exec.Cmd {
	group := batch[0].Group
	var cmd *exec.Cmd
	if group.Test == "" {
		cmd = exec.CommandContext(ctx, "make", "--no-print-directory", "test-"+group.Name)
		cmd.Dir = root
	} else {
		cmd = exec.CommandContext(ctx, binary(root, group), testArgs(root, batch, min(stacks, len(batch)))...)
		cmd.Dir = filepath.Join(root, "test", group.Package)
	}
	// An interrupt is for tests to end what they have started.
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
	cmd.WaitDelay = time.Minute
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	return cmd
}

// binary is where the group's test is built.
func binary(root string, g *Group) string {
	return filepath.Join(root, "bin", "tests", strings.ReplaceAll(g.Package, "/", "-")+".test")
}

// build builds the group's test, from the build cache if nothing has changed.
func build(ctx context.Context, root string, g *Group) error {
	if err := builder.Tests(ctx, filepath.Join(root, "test", g.Package), "", binary(root, g)); err != nil {
		return fmt.Errorf("building the tests of %s: %w", g.Package, err)
	}
	return nil
}

// testArgs are those of the test for pieces that are its subtests.
func testArgs(root string, batch []Piece, stacks int) []string {
	group := batch[0].Group
	var names []string
	for _, p := range batch {
		names = append(names, strings.TrimPrefix(p.Name, group.Name+"/"))
	}
	return []string{
		"-test.v", "-test.count=1", "-test.timeout=" + group.Limit.String(),
		"-test.artifacts", "-test.outputdir=" + filepath.Join(root, "dist", "e2e"),
		"-test.run=" + fmt.Sprintf("^%s$/^(%s)$", group.Test, strings.Join(names, "|")),
		fmt.Sprintf("-stacks=%d", stacks),
	}
}
