package proof

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"lanekeeper.io/test/stack"
	"lanekeeper.io/test/stack/control"
)

// TestComponentsAreSteered crashes, freezes and stops parts of a running stack,
// as the scenarios do that ask what the controller makes of it.
func TestComponentsAreSteered(t *testing.T) {
	s := start(t, "steered")
	applySamples(t, s, "2-apps.yaml")
	await(t, s, "deployment", "condition=Available", "--all")

	t.Run("a crashed component is started again", func(t *testing.T) {
		for _, name := range []string{"etcd", "kube-apiserver", "istiod"} {
			was := component(t, s, name)
			require.NoError(t, s.SignalComponent(name, syscall.SIGKILL))
			is := awaitComponent(t, s, name, func(c control.Component) bool { return c.State == control.Running && c.PID != was.PID })
			assert.Equal(t, was.Exits+1, is.Exits)
			awaitAPI(t, s) // what crashes next must not suffer from this
		}
	})
	t.Run("a frozen component thaws", func(t *testing.T) {
		require.NoError(t, s.SignalComponent("istiod", syscall.SIGSTOP))
		awaitComponent(t, s, "istiod", func(c control.Component) bool { return c.State == control.Frozen })
		require.NoError(t, s.SignalComponent("istiod", syscall.SIGCONT))
		awaitComponent(t, s, "istiod", func(c control.Component) bool { return c.State == control.Running })
	})
	t.Run("a stopped component stays down until it is started", func(t *testing.T) {
		require.NoError(t, s.StopComponent("kube-apiserver"))
		assert.Equal(t, control.Stopped, component(t, s, "kube-apiserver").State)
		require.Error(t, s.Command(t.Context(), "kubectl", "get", "pods", "--request-timeout=1s").Run())
		require.NoError(t, s.StartComponent("kube-apiserver"))
		awaitAPI(t, s)
	})
	t.Run("a pod's processes are signalled", func(t *testing.T) {
		pod := strings.TrimSpace(kubectl(t, s, "get", "pods", "-l=app=mocka", "-o=jsonpath={.items[0].metadata.name}"))
		uses, err := s.Usage()
		require.NoError(t, err)
		for _, key := range []string{"default/" + pod + "/default", "etcd", "supervisor"} {
			assert.Positive(t, uses[key].RSS, "memory of %s", key)
		}
		require.NoError(t, s.SignalPod("default", pod, "default", syscall.SIGKILL))
		await(t, s, "pod/"+pod, "jsonpath={.status.containerStatuses[0].restartCount}=1")
	})
	t.Run("mistakes are named", func(t *testing.T) {
		require.ErrorContains(t, s.StopComponent("kubelet"), `no component "kubelet"`)
		require.ErrorContains(t, s.SignalPod("default", "nobody", "", syscall.SIGTERM), "default/nobody")
		_, err := stack.Start(t.Context(), stack.Options{Name: s.Name()})
		require.ErrorContains(t, err, "is running already")
	})
}

func component(t require.TestingT, s *stack.Stack, name string) control.Component {
	status, err := s.Status()
	require.NoError(t, err)
	i := slices.IndexFunc(status.Components, func(c control.Component) bool { return c.Name == name })
	require.GreaterOrEqual(t, i, 0)
	return status.Components[i]
}

// awaitComponent returns the component as it was when it was as wanted.
func awaitComponent(t *testing.T, s *stack.Stack, name string, is func(control.Component) bool) (c control.Component) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		c = component(t, s, name)
		assert.True(t, is(c), "%+v", c)
	}, patience, 20*time.Millisecond, name)
	return c
}

func awaitAPI(t *testing.T, s *stack.Stack) {
	t.Helper()
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		said, err := s.Command(context.Background(), "kubectl", "get", "--raw=/readyz", "--request-timeout=5s").CombinedOutput()
		assert.NoError(t, err, string(said))
	}, patience, 200*time.Millisecond)
}
