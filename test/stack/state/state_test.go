package state

import (
	"errors"
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

	long := Dir(filepath.Join(parent, strings.Repeat("x", 120)))
	require.ErrorContains(t, long.Create(record), "too long for a unix socket")

	require.NoError(t, os.Chmod(parent, 0o700))
	require.ErrorContains(t, dir.Create(record), "everybody may enter")
	assert.NoDirExists(t, string(dir), "it would claim the name")
}

// TestWhatIsNoStacksStays: neither a start nor an end takes it away.
func TestWhatIsNoStacksStays(t *testing.T) {
	self, err := Identify(os.Getpid())
	require.NoError(t, err)
	for name, tt := range map[string]struct {
		make func(path string) error
		kept string
	}{
		"a folder with a file": {func(path string) error {
			return errors.Join(os.Mkdir(path, 0o755), os.WriteFile(filepath.Join(path, "thing"), nil, 0o600))
		}, "thing"},
		"a folder with a folder": {func(path string) error { return os.MkdirAll(filepath.Join(path, "logs"), 0o755) }, "logs"},
		"a file":                 {func(path string) error { return os.WriteFile(path, nil, 0o600) }, ""},
		"a link to a folder":     {func(path string) error { return os.Symlink(t.TempDir(), path) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("TMPDIR", "/tmp") // anybody's own may be too long
			dir := Dir(filepath.Join(t.TempDir(), "it"))
			require.NoError(t, tt.make(string(dir)))
			for what, err := range map[string]error{"start": dir.Create(Record{Init: self}), "end": dir.Remove()} {
				require.ErrorContains(t, err, "is no stack's", what)
				require.ErrorContains(t, err, "rm -r "+string(dir), what)
			}
			_, err := os.Lstat(filepath.Join(string(dir), tt.kept))
			assert.NoError(t, err)
		})
	}
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

	require.NoError(t, os.Rename(dir.record(), dir.nextRecord()))
	require.NoError(t, dir.Create(Record{Init: self}), "one that was about to claim it")

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
