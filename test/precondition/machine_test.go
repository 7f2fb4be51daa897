package precondition

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What the machine has is not ours to demand: these tests ask whether it is read.

func TestDisksAreFoundByPathsThatDoNotExistYet(t *testing.T) {
	dir := t.TempDir()
	disk, err := diskOf(dir)
	require.NoError(t, err)
	later, err := diskOf(filepath.Join(dir, "not", "yet"))
	require.NoError(t, err)
	assert.Equal(t, []any{disk.Device, dir}, []any{later.Device, later.Mount})
}

func TestLimitsAreRead(t *testing.T) {
	assert.Positive(t, availableMemory())
	assert.NotZero(t, openFilesLimit())
	assert.NotZero(t, tasksLeft())

	file := filepath.Join(t.TempDir(), "limit")
	require.NoError(t, os.WriteFile(file, []byte("42\n"), 0o600))
	assert.Equal(t, 42, number(file))
	require.NoError(t, os.WriteFile(file, []byte("max\n"), 0o600))
	assert.Equal(t, -1, number(file))
	assert.Equal(t, []int{3, 3, 3, -1}, []int{least(3, -1), least(-1, 3), least(3, 5), least(-1, -1)})
	assert.Equal(t, []int{2, 0, -1, -1}, []int{left(5, 3), left(3, 5), left(-1, 3), left(3, -1)})
}

func TestPageCacheIsNotInUse(t *testing.T) {
	dir := t.TempDir()
	usage, stat := filepath.Join(dir, "usage"), filepath.Join(dir, "stat")
	require.NoError(t, os.WriteFile(usage, []byte("1000"), 0o600))
	require.NoError(t, os.WriteFile(stat, []byte("anon 300\ninactive_file 600\n"), 0o600))
	assert.Equal(t, 400, inUse(usage, stat))
}

func TestAbsentProgramsAreNoticed(t *testing.T) {
	there := Program{Name: "there", Probe: []string{"true"}}
	broken := Program{Name: "broken", Probe: []string{"false"}}
	gone := Program{Name: "gone", Probe: []string{"no-such-program-anywhere"}}
	n := Needs{Programs: []Program{there, broken, gone}}
	assert.Equal(t, []Program{broken, gone}, Absent(n, Look(n)))
}

func TestGoThatIsTooOldIsNoticed(t *testing.T) {
	t.Setenv("GOTOOLCHAIN", "local")
	t.Setenv("GOWORK", "off")
	module := t.TempDir()
	mod := filepath.Join(module, "go.mod")
	require.NoError(t, os.WriteFile(mod, []byte("module some\n\ngo 1.20\n"), 0o600))
	require.NoError(t, tryGo(module))
	require.NoError(t, os.WriteFile(mod, []byte("module some\n\ngo 1.999\n"), 0o600))
	require.ErrorContains(t, tryGo(module), "requires go >= 1.999")
}

func TestWatchersAreCounted(t *testing.T) {
	me := uint32(os.Getuid())
	var opened []int
	for range 5 {
		fd, err := unix.InotifyInit1(unix.IN_CLOEXEC)
		require.NoError(t, err)
		opened = append(opened, fd)
	}
	assert.GreaterOrEqual(t, watchers()[me], 5)
	for _, fd := range opened {
		require.NoError(t, unix.Close(fd))
	}
}

// TestTheKernelIsTriedWithoutATrace: what is tried must not stay.
func TestTheKernelIsTriedWithoutATrace(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root may try")
	}
	mounts := func() string {
		text, err := os.ReadFile("/proc/self/mountinfo")
		require.NoError(t, err)
		return string(text)
	}
	_, err := exec.LookPath("iptables-restore")
	before := mounts()
	k := tryKernel(err != nil)
	t.Logf("%+v", k)
	assert.Equal(t, before, mounts())
	assert.NoDirExists(t, "/sys/class/net/trybridge")
}
