package control

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recorder notes what reaches the supervisor's side.
type recorder struct{ calls []any }

func (r *recorder) Status() Status {
	return Status{Ready: true, Components: []Component{{Name: "etcd", State: Frozen, PID: 7}}}
}
func (r *recorder) Usage() (map[string]Usage, error) {
	return map[string]Usage{"etcd": {RSS: 1 << 40, CPU: 1.5}}, nil
}
func (r *recorder) StopComponent(name string) error  { return errors.New("there is no " + name) }
func (r *recorder) StartComponent(name string) error { r.calls = append(r.calls, name); return nil }
func (r *recorder) SignalComponent(name string, sig syscall.Signal) error {
	r.calls = append(r.calls, name, sig)
	return nil
}
func (r *recorder) SignalPod(namespace, pod, container string, sig syscall.Signal) error {
	r.calls = append(r.calls, namespace, pod, container, sig)
	return nil
}

func TestEverythingReachesTheSupervisor(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	r := new(recorder)
	require.NoError(t, Serve(socket, r))
	c := NewClient(socket)

	status, err := c.Status()
	require.NoError(t, err)
	assert.Equal(t, r.Status(), status)
	usage, err := c.Usage()
	require.NoError(t, err)
	assert.Equal(t, Usage{RSS: 1 << 40, CPU: 1.5}, usage["etcd"])

	require.NoError(t, c.StartComponent("etcd"))
	require.NoError(t, c.SignalComponent("istiod", syscall.SIGSTOP))
	require.NoError(t, c.SignalPod("default", "mocka", "istio-proxy", syscall.SIGKILL))
	require.NoError(t, c.SignalPod("default", "mocka", "", syscall.SIGTERM))
	assert.Equal(t, []any{"etcd", "istiod", syscall.SIGSTOP,
		"default", "mocka", "istio-proxy", syscall.SIGKILL, "default", "mocka", "", syscall.SIGTERM}, r.calls)

	require.EqualError(t, c.StopComponent("kubelet"), "there is no kubelet")
	require.ErrorContains(t, NewClient(socket+"x").StopComponent("etcd"), "does not answer")
}
