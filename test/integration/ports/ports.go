// Package ports reserves TCP ports of this machine for programs that a test starts.
//
// To ask the kernel for a free port and give it back reserves nothing: it hands the
// port to the next who asks, another test package or anybody's outgoing connection,
// before the program has begun to listen. So these ports are none that the kernel
// hands out, and each is claimed among all tests of this machine, for as long as the
// process that claims it lives at most.
package ports

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// first is above what programs are usually installed at.
const first = 20000

// Reserve returns ports for a test, until it ends.
func Reserve(t testing.TB, n int) []int {
	t.Helper()

	claimed, release, err := Claim(n)
	require.NoError(t, err)
	t.Cleanup(release)
	return claimed
}

// Claim returns ports that nobody listens on, each another, until release.
func Claim(n int) (claimed []int, release func(), err error) {
	var claims []net.Listener
	release = func() {
		for _, c := range claims {
			_ = c.Close()
		}
	}
	count := end() - first
	for offset, tried := rand.IntN(count), 0; tried < count && len(claimed) < n; tried++ {
		port := first + (offset+tried)%count
		if claim, ok := claimOne(port); ok {
			claimed, claims = append(claimed, port), append(claims, claim)
		}
	}
	if len(claimed) < n {
		release()
		return nil, nil, errors.New("no TCP port is free below those that the kernel hands out: end what listens there, see ss -ltn")
	}
	return claimed, release, nil
}

// claimOne claims a port by a name, which the kernel gives to one at a time in the
// network that the port is in, and takes back with the process.
func claimOne(port int) (claim net.Listener, ok bool) {
	claim, err := net.Listen("unix", fmt.Sprintf("@lanekeeper-test-port-%d", port))
	if err != nil {
		return nil, false
	}
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", port)) // on all addresses, as webhooks listen
	if err != nil {
		_ = claim.Close()
		return nil, false
	}
	_ = listener.Close()
	return claim, true
}

// end is the first port that the kernel hands out by itself.
func end() int {
	text, err := os.ReadFile("/proc/sys/net/ipv4/ip_local_port_range")
	low := 0
	if err == nil {
		_, _ = fmt.Sscan(string(text), &low)
	}
	if low < first+1000 {
		return 32768 // the usual one; here it hands out all of them, which cannot be helped
	}
	return low
}
