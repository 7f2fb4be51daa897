package proof

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/stack"
	"lanekeeper.io/test/stack/state"
)

// TestTwoStacksLeaveNothing runs two stacks side by side and kills one of them in
// the hardest way there is.
func TestTwoStacksLeaveNothing(t *testing.T) {
	before := traces(t)
	killed, other := start(t, "killed"), start(t, "beside")
	for _, s := range []*stack.Stack{killed, other} {
		applySamples(t, s, "2-apps.yaml")
	}
	for _, s := range []*stack.Stack{killed, other} {
		await(t, s, "deployment", "condition=Available", "--all")
	}

	init, victims := processes(t, killed)
	require.Greater(t, len(victims), 12, "components, and per pod an application and a sidecar")
	_, survivors := processes(t, other)
	require.NoError(t, syscall.Kill(init.PID, syscall.SIGKILL))

	require.Eventually(t, func() bool { return !slices.ContainsFunc(victims, state.Process.Alive) },
		patience, 20*time.Millisecond, "processes of a killed stack live on")
	await(t, other, "pods", "condition=Ready", "--all") // it works on
	require.NoError(t, other.Stop())
	assert.False(t, slices.ContainsFunc(survivors, state.Process.Alive), "no process is left when Stop returns")
	require.NoError(t, killed.Stop(), "ending what has ended is no mistake")
	assert.Equal(t, before, traces(t))
}

// processes returns a stack's first process and all that descend from it.
func processes(t *testing.T, s *stack.Stack) (state.Process, []state.Process) {
	t.Helper()
	running, err := state.Dir(s.Dir()).Running()
	require.NoError(t, err)
	children := map[int][]state.Process{}
	all, err := filepath.Glob("/proc/[0-9]*")
	require.NoError(t, err)
	for _, path := range all {
		pid, err := strconv.Atoi(filepath.Base(path))
		require.NoError(t, err)
		if p, err := state.Identify(pid); err == nil { // else it has just ended
			parent := parentOf(pid)
			children[parent] = append(children[parent], p)
		}
	}
	found := []state.Process{running.Init}
	for i := 0; i < len(found); i++ {
		found = append(found, children[found[i].PID]...)
	}
	return running.Init, found
}

func parentOf(pid int) int {
	status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(status)) {
		if number, ok := strings.CutPrefix(line, "PPid:"); ok {
			parent, _ := strconv.Atoi(strings.TrimSpace(number))
			return parent
		}
	}
	return 0
}

// traces lists what stacks could leave on the machine. Others who work on it leave
// traces, too, and come and go.
func traces(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, pattern := range []string{"/run/netns/*", "/etc/netns/*",
		string(state.Default(ownName(t, "killed"))) + "*", string(state.Default(ownName(t, "beside"))) + "*"} {
		matches, err := filepath.Glob(pattern)
		require.NoError(t, err)
		found = append(found, matches...)
	}
	interfaces, err := net.Interfaces()
	require.NoError(t, err)
	for _, i := range interfaces {
		if stackInterface.MatchString(i.Name) {
			found = append(found, "interface "+i.Name)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	require.NoError(t, err)
	for line := range strings.Lines(string(mounts)) {
		if strings.Contains(line, "lanekeeper") || slices.Contains(mountedByStacks, strings.Fields(line)[1]) {
			found = append(found, "mount "+line)
		}
	}
	return found
}

// stackInterface is a stack's bridge, or its end of a pod's.
var stackInterface = regexp.MustCompile(`^(cni0|pod[0-9a-f]{8})$`)

// mountedByStacks are paths outside of their folders that a stack and its pods mount
// over, in mount namespaces of their own.
var mountedByStacks = []string{"/", "/proc", "/sys", "/run", "/tmp", "/etc/netns"}
