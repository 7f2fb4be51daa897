package caught

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"lanekeeper.io/test/builder"
	"lanekeeper.io/test/mutants"
)

// workshop is where mutants are made.
type workshop struct {
	root string // of the repository
	dir  string // for what is made and printed
	// scenarios builds the program of test/e2e, the first time it is called.
	scenarios func() error
}

func newWorkshop(ctx context.Context, root string) (*workshop, error) {
	w := &workshop{root: root, dir: filepath.Join(root, "dist", "mutants")}
	w.scenarios = sync.OnceValue(func() error { return builder.Tests(ctx, w.folderOf(endToEnd), "", w.scenarioProgram()) })
	return w, os.MkdirAll(w.dir, 0o755)
}

// endToEnd is the package of the scenarios.
const endToEnd = "test/e2e"

func (w *workshop) scenarioProgram() string { return filepath.Join(w.dir, "scenarios") }

// require fails where a part is missing that the mutant's test runs.
func (w *workshop) require(m mutants.Mutant) error {
	if !m.Seen.NeedsParts() {
		return nil
	}
	return builder.Require(w.bin(), builder.Names()...)
}

// room is a mutant's own folder, empty.
func (w *workshop) room(m mutants.Mutant) (string, error) {
	dir := filepath.Join(w.dir, m.Name)
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dir, os.MkdirAll(dir, 0o755)
}

// folderOf is a package's.
func (w *workshop) folderOf(pkg string) string { return filepath.Join(w.root, filepath.FromSlash(pkg)) }

// buildManager builds the manager.
func (w *workshop) buildManager(ctx context.Context, overlay, program string) error {
	return builder.Go(ctx, w.root, "build", "-overlay="+overlay, "-o="+program, "./cmd/lanekeeper")
}

// parts makes a folder with the parts of a stack, but for the manager. What else
// is in bin, in folders of its own, is no part.
func (w *workshop) parts(folder string) error {
	bin := w.bin()
	return filepath.WalkDir(bin, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(bin, path)
		target := filepath.Join(folder, rel)
		switch {
		case err != nil:
			return err
		case d.IsDir() && rel != "." && !strings.HasPrefix(rel, "assets"):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(target, 0o755)
		case rel == manager:
			return nil
		}
		return link(path, target)
	})
}

func (w *workshop) bin() string { return filepath.Join(w.root, "bin") }

// manager is the name of our own part.
const manager = "lanekeeper"

// link gives a file another name, or copies it where that cannot be: a symbolic
// link would lead nowhere inside of the stack.
func link(path, target string) error {
	if os.Link(path, target) == nil {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.WriteFile(target, content, info.Mode())
}
