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
	t.Setenv("TMPDIR", "/tmp") // anybody's own may be closed to other users, or too long
	parent := t.TempDir()
	// The testing package keeps other users out, a stack must let them in.
	require.NoError(t, os.Chmod(filepath.Dir(parent), 0o755))

	dir := Dir(filepath.Join(parent, "stack"))
	require.NoError(t, dir.Create(record))
	require.NoError(t, os.WriteFile(dir.Log("etcd"), nil, 0o644))
	require.NoError(t, dir.Create(record), "a dead stack's folder is replaced")
	assert.NoFileExists(t, dir.Log("etcd"))

	precious := filepath.Join(parent, "precious")
	require.NoError(t, os.MkdirAll(filepath.Join(precious, "thing"), 0o755))
	require.ErrorContains(t, Dir(precious).Create(record), "must not exist yet")

	long := Dir(filepath.Join(parent, strings.Repeat("x", 120)))
	require.ErrorContains(t, long.Create(record), "too long for a unix socket")

	require.NoError(t, os.Chmod(parent, 0o700))
	require.ErrorContains(t, dir.Create(record), "everybody may enter")
	assert.NoDirExists(t, string(dir), "it would claim the name")
}

// TestWhatAKilledProcessLeavesIsReplaced: in the middle of a start or an end.
func TestWhatAKilledProcessLeavesIsReplaced(t *testing.T) {
	self, err := Identify(os.Getpid())
	require.NoError(t, err)
	t.Setenv("TMPDIR", "/tmp")
	parent := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(parent), 0o755))
	dir := Dir(filepath.Join(parent, "stack"))

	require.NoError(t, os.Mkdir(string(dir), 0o755))
	require.NoError(t, dir.Create(Record{Init: self}), "one that had only made the folder")

	require.NoError(t, os.RemoveAll(dir.PKI("")))
	require.NoError(t, dir.Create(Record{Init: self}), "one that had not deleted all of it")
	require.NoError(t, os.WriteFile(dir.record(), []byte(`{"Init":`), 0o644))
	_, err = dir.Running()
	require.Error(t, err)
	require.NoError(t, dir.Create(Record{Init: self}), "one whose record is no record")

	require.NoError(t, dir.Remove())
	assert.NoDirExists(t, string(dir))
	require.NoError(t, dir.Remove(), "what is gone is gone")
}

func TestAllStacksThatRun(t *testing.T) {
	self, err := Identify(os.Getpid())
	require.NoError(t, err)
	name := strings.ToLower(t.Name())
	dir := Default(name)
	t.Cleanup(func() { assert.NoError(t, dir.Remove()) })
	require.NoError(t, dir.Remove())
	require.NoError(t, dir.Create(Record{Init: self}))
	assert.Contains(t, All(), name)

	require.NoError(t, dir.Write(Record{Init: Process{PID: self.PID, Started: "long ago"}}))
	assert.NotContains(t, All(), name, "a dead one's folder is no stack")
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
