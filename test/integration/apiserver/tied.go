package apiserver

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// What envtest starts outlives a test that is interrupted, killed or out of time,
// and then takes memory and processors from all that come later. So it starts this
// test binary instead, under the program's name; that ties itself to its parent and
// becomes the program.

// tiedPrograms are those that are started so.
var tiedPrograms = []string{"etcd", "kube-apiserver"}

// tiedVariable holds the folder of the programs.
const tiedVariable = "LANEKEEPER_TIED_PROGRAMS"

func init() {
	name, bin := filepath.Base(os.Args[0]), os.Getenv(tiedVariable)
	if bin == "" || !slices.Contains(tiedPrograms, name) {
		return
	}
	err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGKILL), 0, 0, 0)
	if err == nil {
		program := filepath.Join(bin, name)
		// No more of the shell's environment: etcd and the API server both read
		// settings from there, and a proxy would come between it and webhooks.
		environment := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
		err = syscall.Exec(program, append([]string{program}, os.Args[1:]...), environment)
	}
	fmt.Fprintf(os.Stderr, "becoming %s: %v\n", name, err)
	os.Exit(127)
}

// tie returns the path by which the program of bin is started tied to this process;
// links go into dir.
func tie(bin, name, dir string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if err := os.Setenv(tiedVariable, bin); err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	return path, os.Symlink(self, path)
}
