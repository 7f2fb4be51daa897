package apiserver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/controller-runtime/pkg/envtest"
)

// holderVariable makes this test binary start a server and hold it, instead of
// running tests: a test that can be killed.
const holderVariable = "LANEKEEPER_APISERVER_HOLDS"

func TestMain(m *testing.M) {
	if os.Getenv(holderVariable) == "" {
		os.Exit(Main(m))
	}
	server, err := start()
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(server.Env.ControlPlane.Etcd.DataDir)
	select {}
}

// TestNothingOutlivesAKilledTest: neither the programs nor, once another test has
// begun, their files.
func TestNothingOutlivesAKilledTest(t *testing.T) {
	holder := exec.Command("/proc/self/exe")
	holder.Env = append(os.Environ(), holderVariable+"=1")
	out, err := holder.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, holder.Start())
	t.Cleanup(func() { _ = holder.Process.Kill(); _ = holder.Wait() })
	var data string
	_, err = fmt.Fscanln(out, &data)
	require.NoError(t, err)
	require.DirExists(t, data)
	running := func() (found []string) {
		commands, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, c := range commands {
			if line, err := os.ReadFile(c); err == nil && strings.Contains(string(line), filepath.Dir(data)) {
				found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
			}
		}
		return found
	}
	require.Len(t, running(), 2, "etcd and an API server")

	require.NoError(t, holder.Process.Kill())
	_ = holder.Wait()
	assert.Eventually(t, func() bool { return len(running()) == 0 }, patience, 20*time.Millisecond, "they live on: %v", running())
	require.DirExists(t, data)
	require.NoError(t, sweep(os.TempDir()))
	assert.NoDirExists(t, filepath.Dir(data))
}

func TestSweepSparesWhoLives(t *testing.T) {
	parent := t.TempDir()
	mine := filepath.Join(parent, fmt.Sprintf("%s%d-1", folders, os.Getpid()))
	other := filepath.Join(parent, "somebody's")
	for _, dir := range []string{mine, other} {
		require.NoError(t, os.Mkdir(dir, 0o700))
	}
	require.NoError(t, sweep(parent))
	assert.DirExists(t, mine)
	assert.DirExists(t, other)
}

func TestAFailureShowsWhatTheProgramsSay(t *testing.T) {
	_, err := start(func(env *envtest.Environment) { env.ControlPlane.GetAPIServer().Configure().Set("no-such-flag", "1") })
	require.ErrorContains(t, err, "unknown flag: --no-such-flag")
}
