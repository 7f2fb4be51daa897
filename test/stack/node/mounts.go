package node

import (
	"fmt"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// bind creates target and makes source appear there.
func bind(source, target string, dir bool) error {
	create := touch
	if dir {
		create = func(path string) error { return mkdir(path, 0o755) }
	}
	if err := create(target); err != nil {
		return err
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind %s: %w", target, err)
	}
	return nil
}

func copyLink(source, target string) error {
	to, err := os.Readlink(source)
	if err != nil {
		return err
	}
	return os.Symlink(to, target)
}

// mkdir sets the mode whatever the umask.
func mkdir(path string, mode fs.FileMode) error {
	if err := os.Mkdir(path, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode)
}

func touch(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	return f.Close()
}
