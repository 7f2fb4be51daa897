package builder

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Options say where to build.
type Options struct {
	Root string    // the repository; FindRoot when empty
	Bin  string    // where the parts go; Root/bin when empty
	Log  io.Writer // progress; a terminal gets a ticking clock
}

// Build brings the named parts up to date, or all of them.
func Build(ctx context.Context, o Options, names ...string) error {
	chosen, err := choose(names)
	if err != nil {
		return err
	}
	// The pods' users are others than who builds, and his umask may be strict.
	defer unix.Umask(unix.Umask(0o022))
	w, err := newWorkshop(o)
	if err != nil {
		return err
	}
	leave, err := w.enter(ctx, o.Log)
	if err != nil {
		return err
	}
	defer leave()
	if err := w.prepare(ctx, o.Log, chosen); err != nil {
		return err
	}
	for i, p := range chosen {
		if err := w.bring(ctx, p, newProgress(o.Log, i+1, len(chosen), p.name)); err != nil {
			return err
		}
	}
	return nil
}

// bring builds one part unless its stamp says that it is there already.
func (w *workshop) bring(ctx context.Context, p part, show *progress) error {
	stamp, err := w.stampOf(p)
	if err != nil {
		return err
	}
	if w.upToDate(p, stamp) {
		show.done("up to date")
		return nil
	}
	begun := time.Now()
	show.start()
	// One that is interrupted must not look finished: what it makes may be half
	// there, and the pin is the same as ever.
	if err := os.Remove(w.stampFile(p)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := p.build(ctx, w); err != nil {
		show.done("failed")
		return fmt.Errorf("building %s: %w", p.name, err)
	}
	if err := w.writeStamp(p, stamp); err != nil {
		return err
	}
	show.done("built in " + time.Since(begun).Round(time.Second).String())
	return nil
}

// FindRoot returns the repository that holds the working directory.
func FindRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "test", "tools", "kubernetes", "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not inside the Lanekeeper repository: run this from a checkout, or say where with -root")
		}
	}
}

// Missing returns those of the named parts that are not in bin.
func Missing(bin string, names ...string) []string {
	var missing []string
	chosen, err := choose(names)
	if err != nil {
		return names
	}
	for _, p := range chosen {
		for _, f := range p.makes {
			if _, err := os.Stat(filepath.Join(bin, f)); err != nil {
				missing = append(missing, p.name)
				break
			}
		}
	}
	return missing
}

// Require fails with the command that helps when one of the parts is missing.
func Require(bin string, names ...string) error {
	missing := Missing(bin, names...)
	if len(missing) == 0 {
		return nil
	}
	command := "make parts"
	if usual := Names(); slices.ContainsFunc(missing, func(n string) bool { return !slices.Contains(usual, n) }) {
		command += fmt.Sprintf(` PARTS="%s"`, strings.Join(missing, " "))
	}
	return fmt.Errorf("%s not built yet (looked in %s): run `%s`", strings.Join(missing, ", "), bin, command)
}
