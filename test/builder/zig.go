package builder

import (
	"archive/zip"
	"context"
	"os"
	"path/filepath"
	"strings"

	"lanekeeper.io/test/precondition"
)

const zigPin = "test/tools/zig/requirements.txt"

// zig is the compiler of the trace-id filter, as its makers publish it for Python. Only who
// changes the filter, or verifies it, needs it: the module is committed.
func zig() part {
	return part{
		name:      "zig",
		apart:     true,
		pins:      []string{zigPin},
		makes:     []string{"zig"},
		builtWith: []precondition.Program{precondition.Pip},
		build: func(ctx context.Context, w *workshop) error {
			wheel, err := w.wheel(ctx, zigPin)
			if err != nil {
				return err
			}
			fresh := w.scratch("zig")
			if err := unpackZig(wheel, fresh); err != nil {
				return err
			}
			return w.replace(fresh, "zig")
		},
	}
}

// unpackZig takes the compiler and its headers out of a wheel, but for those of C libraries,
// which a module without any does not need.
func unpackZig(wheel, target string) error {
	archive, err := zip.OpenReader(wheel)
	if err != nil {
		return err
	}
	defer archive.Close()
	for _, f := range archive.File {
		name, ok := strings.CutPrefix(f.Name, "ziglang/")
		if !ok || strings.HasSuffix(name, "/") || strings.HasPrefix(name, "lib/libc/") || !filepath.IsLocal(name) {
			continue
		}
		if err := unpackFile(f, filepath.Join(target, name)); err != nil {
			return err
		}
	}
	return nil
}

func unpackFile(f *zip.File, target string) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	content, err := f.Open()
	if err != nil {
		return err
	}
	defer content.Close()
	return writeProgram(target, content)
}
