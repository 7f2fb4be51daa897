package ports

import (
	"fmt"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestClaimedPortsAreNobodyElses(t *testing.T) {
	mine := Reserve(t, 50)
	seen := map[int]bool{}
	for _, port := range append(Reserve(t, 50), mine...) {
		assert.False(t, seen[port], "%d was claimed twice", port)
		seen[port] = true
		_, ok := claimOne(port)
		assert.False(t, ok, "%d can be claimed again", port)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", mine[0]))
	require.NoError(t, err, "whoever has claimed it can listen")
	require.NoError(t, listener.Close())
}

func TestPortsInUseAreNotClaimed(t *testing.T) {
	claimed, release, err := Claim(1)
	require.NoError(t, err)
	release()
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", claimed[0]))
	require.NoError(t, err)
	defer listener.Close()
	_, ok := claimOne(claimed[0])
	assert.False(t, ok)
}

func TestReleasedPortsCanBeClaimed(t *testing.T) {
	claimed, release, err := Claim(1)
	require.NoError(t, err)
	release()
	claim, ok := claimOne(claimed[0])
	require.True(t, ok)
	require.NoError(t, claim.Close())
}

func TestTheKernelHandsOutNoneOfThem(t *testing.T) {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	require.NoError(t, err)
	var low, high int
	_, err = fmt.Sscan(string(text), &low, &high)
	require.NoError(t, err)
	if low < first+1000 {
		t.Skip("it hands out almost all ports here")
	}
	for _, port := range Reserve(t, 100) {
		assert.Less(t, port, low)
	}
}
