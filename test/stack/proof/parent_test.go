package proof

import (
	"bufio"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/stack"
	"lanekeeper.io/test/stack/state"
)

// TestStackEndsWithItsParent kills a process that holds a stack, as an
// interrupted or crashed test would end.
func TestStackEndsWithItsParent(t *testing.T) {
	name := ownName(t, "orphan")
	// The holder ends with this test, if that is killed before it comes to kill the holder:
	// the signal is sent when the thread ends that started it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	holder := exec.Command("/proc/self/exe")
	holder.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	holder.Env = append(os.Environ(), holderVariable+"="+name)
	holder.Stderr = t.Output()
	out, err := holder.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, holder.Start())
	t.Cleanup(func() { _ = holder.Process.Kill() })
	said, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "up\n", said)

	s, err := stack.Attach(name)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) }) // the files
	_, victims := processes(t, s)
	require.NoError(t, holder.Process.Signal(syscall.SIGKILL))
	_ = holder.Wait()
	require.Eventually(t, func() bool { return !slices.ContainsFunc(victims, state.Process.Alive) },
		patience, 20*time.Millisecond, "the stack outlives the process that held it")

	_, err = stack.Attach(name)
	require.ErrorIs(t, err, state.ErrNotRunning)
}
