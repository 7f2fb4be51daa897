package node

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// oldRoot is where the host's files are while a container's root is built.
const oldRoot = "/.host"

// fresh folders are the container's own, empty ones: the host's /run holds its
// daemons' sockets, its /tmp everybody's files.
var fresh = map[string]fs.FileMode{"tmp": 0o777 | fs.ModeSticky, "run": 0o755, "proc": 0o555}

// origin says whose a path in the new root is.
type origin int

const (
	host   origin = iota // bound from the host: nothing may be created in it
	own                  // memory of this container
	volume               // a mounted volume: creating a mount point in it is what kubelets do
)

// rootfs builds a container's file system: a root in memory, into which the
// host's top folders are bound as the "image". Where a mount point is missing
// in a host folder, that folder is replaced by one in memory with the same
// entries, so that nothing is ever created on the host.
type rootfs struct {
	origins map[string]origin // of the paths where it changes
}

// buildRoot needs a mount namespace of its own.
func buildRoot(mounts []mount) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	for i, m := range mounts { // links must be followed while the host is at /
		source, err := filepath.EvalSymlinks(m.Source)
		if err != nil {
			return fmt.Errorf("source of mount %s: %w", m.Target, err)
		}
		mounts[i].Source = source
	}
	if err := switchRoot(); err != nil {
		return err
	}
	r := rootfs{origins: map[string]origin{"/": own}}
	for name := range fresh {
		r.origins["/"+name] = own
	}
	if err := r.bindAll("/", func(name string) bool { _, skip := fresh[name]; return skip }); err != nil {
		return err
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mount /proc: %w", err)
	}
	slices.SortFunc(mounts, func(a, b mount) int { return cmp.Compare(a.Target, b.Target) }) // outer before inner
	// All mount points first: covering a host folder later would also cover
	// what is already mounted in it.
	for _, step := range []func(mount) error{r.prepare, r.mount} {
		for _, m := range mounts {
			if err := step(m); err != nil {
				return fmt.Errorf("mount %s: %w", m.Target, err)
			}
		}
	}
	if err := unix.Unmount(oldRoot, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the host's root: %w", err)
	}
	return os.Remove(oldRoot)
}

// switchRoot makes a folder in memory the root and the host's root its oldRoot.
func switchRoot() error {
	const at = "/tmp" // only for a moment, any folder does
	if err := unix.Mount("tmpfs", at, "tmpfs", 0, "mode=0755"); err != nil {
		return fmt.Errorf("mount the container's root: %w", err)
	}
	for name, mode := range fresh {
		if err := mkdir(filepath.Join(at, name), mode); err != nil {
			return err
		}
	}
	if err := os.Mkdir(at+oldRoot, 0o700); err != nil {
		return err
	}
	if err := unix.PivotRoot(at, at+oldRoot); err != nil {
		return fmt.Errorf("switch to the container's root: %w", err)
	}
	return os.Chdir("/")
}

// bindAll binds every entry of the host's dir into ours, which is in memory.
func (r *rootfs) bindAll(dir string, skip func(name string) bool) error {
	entries, err := os.ReadDir(oldRoot + dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		target := filepath.Join(dir, e.Name())
		if skip(e.Name()) || target == oldRoot {
			continue
		}
		if e.Type()&fs.ModeSymlink != 0 {
			err = copyLink(oldRoot+target, target)
		} else {
			r.origins[target] = host
			err = bind(oldRoot+target, target, e.IsDir())
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // entries come and go on a live host
			return err
		}
	}
	return nil
}

// prepare makes the mount point exist.
func (r *rootfs) prepare(m mount) error {
	info, err := os.Stat(oldRoot + m.Source)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	_, err = r.ensure(m.Target, info.IsDir())
	return err
}

func (r *rootfs) mount(m mount) error {
	source := oldRoot + m.Source
	info, err := os.Stat(source)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	target, err := r.ensure(m.Target, info.IsDir())
	if err != nil {
		return err
	}
	if err := unix.Mount(source, target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	r.origins[target] = volume
	if !m.ReadOnly {
		return nil
	}
	if err := unix.Mount("", target, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""); err != nil {
		return fmt.Errorf("make it read-only: %w", err)
	}
	return nil
}

// ensure returns the real path of a mount point, created where it is missing.
// It follows links itself, since they may lead to what does not exist yet, as
// /var/run/… leads into our empty /run.
func (r *rootfs) ensure(path string, dir bool) (string, error) {
	todo, at := split(path), "/"
	for links := 0; len(todo) > 0; {
		next := filepath.Join(at, todo[0])
		last := len(todo) == 1
		info, err := os.Lstat(next)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := r.create(at, next, dir || !last); err != nil {
				return "", err
			}
			at = next
		case err != nil:
			return "", err
		case info.Mode()&fs.ModeSymlink != 0:
			if links++; links > 40 {
				return "", fmt.Errorf("too many links at %s", next)
			}
			to, err := os.Readlink(next)
			if err != nil {
				return "", err
			}
			if filepath.IsAbs(to) {
				at = "/"
			}
			todo = append(split(to), todo[1:]...)
			continue
		default:
			at = next
		}
		todo = todo[1:]
	}
	return filepath.Clean(at), nil
}

func split(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

// create makes a mount point in parent, without a trace on the host.
func (r *rootfs) create(parent, path string, dir bool) error {
	if r.origin(parent) == host {
		info, err := os.Stat(parent)
		if err != nil {
			return err
		}
		if err := unix.Mount("tmpfs", parent, "tmpfs", 0, fmt.Sprintf("mode=%04o", info.Mode().Perm())); err != nil {
			return fmt.Errorf("cover %s: %w", parent, err)
		}
		r.origins[parent] = own
		if err := r.bindAll(parent, func(string) bool { return false }); err != nil {
			return err
		}
	}
	if r.origin(parent) == own {
		r.origins[path] = own
	}
	if dir {
		return mkdir(path, 0o755)
	}
	return touch(path)
}

func (r *rootfs) origin(path string) origin {
	for {
		if o, known := r.origins[path]; known {
			return o
		}
		path = filepath.Dir(path)
	}
}
