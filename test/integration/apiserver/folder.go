package apiserver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// folders are where the servers of a process keep their data, and how much they are
// to be found by when it was killed.
const folders = "lanekeeper-apiserver-"

// newFolder makes a folder that names this process, and deletes those of processes
// that are gone: an etcd leaves a hundred megabytes.
func newFolder() (dir string, err error) {
	if err := sweep(os.TempDir()); err != nil {
		return "", err
	}
	return os.MkdirTemp("", fmt.Sprintf("%s%d-", folders, os.Getpid()))
}

// useFolder lets etcd and the API server keep their files in dir.
func useFolder(env *envtest.Environment, dir string) error {
	env.ControlPlane.Etcd.DataDir = filepath.Join(dir, "data")
	env.ControlPlane.GetAPIServer().CertDir = filepath.Join(dir, "certificates")
	return errors.Join(os.Mkdir(env.ControlPlane.Etcd.DataDir, 0o700), os.Mkdir(env.ControlPlane.GetAPIServer().CertDir, 0o700))
}

// sweep deletes the folders of processes that are gone.
func sweep(parent string) error {
	found, err := filepath.Glob(filepath.Join(parent, folders+"*"))
	if err != nil {
		return err
	}
	for _, dir := range found {
		number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(dir), folders), "-")
		if _, err := strconv.Atoi(number); err != nil {
			continue
		}
		if _, err := os.Stat("/proc/" + number); errors.Is(err, os.ErrNotExist) {
			if err := os.RemoveAll(dir); err != nil {
				return fmt.Errorf("what a killed test has left: %w", err)
			}
		}
	}
	return nil
}
