package state

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCreateReplacesOnlyStacks(t *testing.T) {
	self, err := Identify(os.Getpid())
	require.NoError(t, err)
	record := Record{Init: self}
	parent := t.TempDir()
	// The testing package keeps other users out, a stack must let them in.
	require.NoError(t, os.Chmod(filepath.Dir(parent), 0o755))

	dir := Dir(filepath.Join(parent, "stack"))
	require.NoError(t, dir.Create(record))
	require.NoError(t, os.WriteFile(dir.Log("etcd"), nil, 0o644))
	require.NoError(t, dir.Create(record), "a dead stack's folder is replaced")
	assert.NoFileExists(t, dir.Log("etcd"))

	precious := filepath.Join(parent, "precious")
	require.NoError(t, os.Mkdir(precious, 0o755))
	require.ErrorContains(t, Dir(precious).Create(record), "must not exist yet")

	long := Dir(filepath.Join(parent, strings.Repeat("x", 120)))
	require.ErrorContains(t, long.Create(record), "too long for a unix socket")

	require.NoError(t, os.Chmod(parent, 0o700))
	require.ErrorContains(t, dir.Create(record), "everybody may enter")
}

func TestRunning(t *testing.T) {
	dir := Dir(t.TempDir())
	_, err := dir.Running()
	require.ErrorIs(t, err, ErrNotRunning)

	sleep := exec.Command("sleep", "60")
	require.NoError(t, sleep.Start())
	p, err := Identify(sleep.Process.Pid)
	require.NoError(t, err)
	require.NoError(t, dir.Write(Record{Init: p, Bin: "/bin"}))
	record, err := dir.Running()
	require.NoError(t, err)
	assert.Equal(t, "/bin", record.Bin)

	require.NoError(t, sleep.Process.Kill())
	_ = sleep.Wait()
	_, err = dir.Running()
	require.ErrorIs(t, err, ErrNotRunning)

	self, err := Identify(os.Getpid())
	require.NoError(t, err)
	self.Started += "0"
	assert.False(t, self.Alive(), "the same number, another process")
}
