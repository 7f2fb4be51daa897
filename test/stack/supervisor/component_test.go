package supervisor

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/stack/control"
)

// shell is a component that runs a script.
func shell(t *testing.T, script string) *component {
	dir := t.TempDir()
	c := &component{
		name: "thing", program: "/bin/sh", args: []string{"-c", script}, dir: dir,
		log:   filepath.Join(dir, "thing.log"),
		ready: func(context.Context) error { return nil },
	}
	t.Cleanup(func() { _ = c.stop() })
	return c
}

func TestComponentIsStartedAgain(t *testing.T) {
	c := shell(t, "exec sleep 60")
	require.NoError(t, c.start())
	require.ErrorContains(t, c.start(), "runs already")
	first := c.status().PID
	require.NoError(t, c.signal(syscall.SIGKILL))
	require.Eventually(t, func() bool { s := c.status(); return s.State == control.Running && s.PID != first },
		5*time.Second, 10*time.Millisecond)
	assert.Equal(t, 1, c.status().Exits)
	assert.Equal(t, "signal: killed", c.status().Last)

	require.NoError(t, c.stop())
	assert.Equal(t, control.Component{Name: "thing", State: control.Stopped, Exits: 1, Last: "signal: killed"}, c.status(),
		"an end on request is not counted")
	require.Error(t, c.signal(syscall.SIGTERM))
	require.NoError(t, c.start())
}

func TestFrozenComponentCanBeStopped(t *testing.T) {
	c := shell(t, "exec sleep 60")
	require.NoError(t, c.start())
	require.NoError(t, c.signal(syscall.SIGSTOP))
	require.Eventually(t, func() bool { return c.status().State == control.Frozen }, 5*time.Second, 10*time.Millisecond)
	begun := time.Now()
	require.NoError(t, c.stop())
	assert.Less(t, time.Since(begun), stopPatience)
}

func TestStopBetweenTwoRuns(t *testing.T) {
	c := shell(t, "exit 1")
	require.NoError(t, c.start())
	require.Eventually(t, func() bool { return c.status().State == control.Failed }, 5*time.Second, time.Millisecond)
	require.NoError(t, c.stop())
	assert.Equal(t, control.Stopped, c.status().State)
}

func TestAwaitReadyShowsTheLog(t *testing.T) {
	c := shell(t, "echo unknown flag; exit 2")
	c.ready = func(context.Context) error { return errors.New("nobody listens") }
	require.NoError(t, c.start())
	err := c.awaitReady(t.Context())
	require.ErrorContains(t, err, "thing did not become ready: thing ended (exit status 2)")
	require.ErrorContains(t, err, "unknown flag")
}

func TestUsageOfThisProcess(t *testing.T) {
	u, err := usageOf(os.Getpid())
	require.NoError(t, err)
	assert.Greater(t, u.RSS, uint64(1<<20))
}
