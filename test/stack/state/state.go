// Package state lays out the folder in which a stack keeps everything it has on
// disk. Whoever knows the folder can talk to the stack.
package state

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Dir is a stack's folder.
type Dir string

// Default is the folder of the stack with the given name. It is short, because
// the path of a unix socket has at most 107 characters, and it is where any user
// may enter: the pods' processes do not run as root.
func Default(name string) Dir { return Dir("/tmp/lanekeeper-stack-" + name) }

func (d Dir) path(elem ...string) string {
	return filepath.Join(append([]string{string(d)}, elem...)...)
}

// Socket is where the supervisor answers.
func (d Dir) Socket() string { return d.path("control.sock") }

// Kubeconfig is the administrator's.
func (d Dir) Kubeconfig() string { return d.path("admin.kubeconfig") }

// PKI holds keys and certificates.
func (d Dir) PKI(file string) string { return d.path("pki", file) }

// Logs is the folder of the components' logs.
func (d Dir) Logs() string { return d.path("logs") }

// Log is the log of a component.
func (d Dir) Log(component string) string { return d.path("logs", component+".log") }

// Bin is where the stack sees the folder with the programs; outside the stack's
// mount namespace it is empty.
func (d Dir) Bin(program ...string) string {
	return d.path(append([]string{"bin"}, program...)...)
}

// Pods is the node's scratch folder.
func (d Dir) Pods() string { return d.path("pods") }

// Work is a component's working folder.
func (d Dir) Work(component string) string { return d.path("work", component) }

// MeshConfig is Istio's mesh configuration. istiod follows what is written there.
func (d Dir) MeshConfig() string { return d.path("work", "istiod", "mesh.yaml") }

// Create makes the folder of a new stack, in place of one that a dead stack has
// left, and claims it for the record's process.
func (d Dir) Create(r Record) error {
	if n := len(d.Socket()); n > 107 {
		return fmt.Errorf("the path %s is %d characters too long for a unix socket: choose a shorter folder", d, n-107)
	}
	if err := d.Remove(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(string(d)), 0o755); err != nil {
		return err
	}
	// Not MkdirAll: whatever is there by now is somebody else's.
	if err := os.Mkdir(string(d), 0o755); err != nil {
		return fmt.Errorf("the stack's folder must not exist yet: %w", err)
	}
	if err := d.fill(r); err != nil {
		return errors.Join(err, d.Remove())
	}
	return nil
}

func (d Dir) fill(r Record) error {
	if err := d.Write(r); err != nil {
		return err
	}
	// The umask may be stricter than what is asked for.
	if err := os.Chmod(string(d), 0o755); err != nil {
		return err
	}
	for _, sub := range []string{"pki", "logs", "bin", "pods", "work"} {
		if err := errors.Join(os.Mkdir(d.path(sub), 0o755), os.Chmod(d.path(sub), 0o755)); err != nil {
			return err
		}
	}
	return d.enterable()
}

// Remove deletes the folder if it is a stack's, last of all what says that it is: whoever
// comes after one that was interrupted can go on.
func (d Dir) Remove() error {
	info, err := os.Lstat(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return d.foreign()
	}
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return err
	}
	// An empty folder is what is left of a start that was killed.
	if len(entries) > 0 && !slices.ContainsFunc(entries, d.claims) {
		return d.foreign()
	}
	for _, e := range entries {
		if path := d.path(e.Name()); path != d.record() {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
		}
	}
	return os.RemoveAll(string(d))
}

// claims reports whether an entry of the folder says that it is a stack's.
func (d Dir) claims(e fs.DirEntry) bool {
	path := d.path(e.Name())
	return path == d.record() || path == d.nextRecord()
}

// foreign is the error for a file, or a folder with something in it, that no stack made.
func (d Dir) foreign() error {
	return fmt.Errorf("what is at %[1]s is no stack's, and is in the way of one: rm -r %[1]s if nobody needs it, or choose another name", d)
}

// enterable checks that processes of other users reach the folder.
func (d Dir) enterable() error {
	abs, err := filepath.Abs(string(d))
	if err != nil {
		return err
	}
	for p := abs; p != "/"; p = filepath.Dir(p) {
		info, err := os.Stat(p)
		if err != nil {
			return err
		}
		if info.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("the pods' users may not enter %s: choose a folder below one that everybody may enter, such as /tmp", p)
		}
	}
	return nil
}

// All are the names of the stacks that run and have their default folders.
func All() []string {
	var names []string
	prefix := string(Default(""))
	found, _ := filepath.Glob(prefix + "*")
	for _, dir := range found { // sorted
		if _, err := Dir(dir).Running(); err == nil {
			names = append(names, strings.TrimPrefix(dir, prefix))
		}
	}
	return names
}
