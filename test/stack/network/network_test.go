package network

import (
	"errors"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/vishvananda/netns"
)

// TestInside: a new namespace has a loopback interface and nothing else.
func TestInside(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root makes network namespaces")
	}
	home, err := netns.Get()
	require.NoError(t, err)
	defer home.Close()
	namespace, err := New()
	if errors.Is(err, os.ErrPermission) {
		t.Skip("this root makes none either")
	}
	require.NoError(t, err)
	defer namespace.Close()
	require.False(t, namespace.Equal(home), "it is another one")

	var inside []net.Interface
	var is netns.NsHandle
	require.NoError(t, Inside(namespace, func() (err error) {
		if is, err = netns.Get(); err == nil {
			inside, err = net.Interfaces()
		}
		return err
	}))
	defer is.Close()
	assert.True(t, is.Equal(namespace))
	assert.Len(t, inside, 1)

	wrong := errors.New("wrong")
	require.ErrorIs(t, Inside(namespace, func() error { return wrong }), wrong)
	require.ErrorContains(t, Inside(netns.None(), func() error { return nil }), "entering a network namespace")
	var after netns.NsHandle
	require.NoError(t, onOwnThread(func() (err error) { after, err = netns.Get(); return err }))
	defer after.Close()
	assert.True(t, after.Equal(home), "threads have come back")
}
