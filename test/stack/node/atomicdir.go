package node

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// dataLink is the name that kubelets give it too; programs watch it.
const dataLink = "..data"

// writeAtomically makes files (by relative path) the content of a volume.
// Readers see all of the old or all of the new: the files lie in a folder of
// their own, and one rename moves the link that leads there.
func writeAtomically(dir string, files map[string][]byte) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	old, err := os.Readlink(filepath.Join(dir, dataLink))
	if err == nil && sameFiles(filepath.Join(dir, old), files) {
		return nil
	}
	current, err := os.MkdirTemp(dir, "..version-")
	if err != nil {
		return err
	}
	if err := fill(current, files); err != nil {
		return fmt.Errorf("write volume %s: %w", filepath.Base(dir), err)
	}
	next := filepath.Join(dir, dataLink+"_next")
	if err := os.Symlink(filepath.Base(current), next); err != nil {
		return err
	}
	if err := os.Rename(next, filepath.Join(dir, dataLink)); err != nil {
		return err
	}
	if err := linkNames(dir, files); err != nil {
		return err
	}
	if old == "" {
		return nil
	}
	return os.RemoveAll(filepath.Join(dir, old))
}

func fill(dir string, files map[string][]byte) error {
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		// Readable by all: containers run as different users, and nothing in
		// a test stack is a secret.
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// linkNames gives the volume one link per top-level name, and takes away those
// of names that are gone.
func linkNames(dir string, files map[string][]byte) error {
	want := map[string]bool{}
	for name := range files {
		top, _, _ := strings.Cut(filepath.Clean(name), "/")
		want[top] = true
	}
	for top := range want {
		err := os.Symlink(filepath.Join(dataLink, top), filepath.Join(dir, top))
		if err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), "..") && !want[e.Name()] {
			if err := os.Remove(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

func sameFiles(dir string, files map[string][]byte) bool {
	n := 0
	err := filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			n++
		}
		return err
	})
	if err != nil || n != len(files) {
		return false
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || !bytes.Equal(got, want) {
			return false
		}
	}
	return true
}
