package node

import (
	"fmt"
	"net/netip"
	"sync"
)

// addresses hands out the pods' addresses in order and comes back to a freed
// one only after the whole range: a client that still knows the dead pod's
// address must not reach a stranger.
type addresses struct {
	mu    sync.Mutex
	cidr  netip.Prefix
	used  map[netip.Addr]bool
	next  netip.Addr
	first netip.Addr
}

func newAddresses(podCIDR, bridgeIP string) (*addresses, error) {
	cidr, err := netip.ParsePrefix(podCIDR)
	if err != nil {
		return nil, fmt.Errorf("pod range: %w", err)
	}
	bridge, err := netip.ParseAddr(bridgeIP)
	if err != nil {
		return nil, fmt.Errorf("bridge address: %w", err)
	}
	if !cidr.Contains(bridge) {
		return nil, fmt.Errorf("the bridge's address %s is outside the pod range %s: pods would have no way out", bridge, cidr)
	}
	first := cidr.Masked().Addr().Next()
	return &addresses{cidr: cidr, used: map[netip.Addr]bool{bridge: true}, next: first, first: first}, nil
}

func (a *addresses) take() (netip.Addr, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	start := a.next
	for {
		ip := a.next
		a.next = ip.Next()
		if !a.cidr.Contains(a.next.Next()) { // the last address is the broadcast's
			a.next = a.first
		}
		if !a.used[ip] {
			a.used[ip] = true
			return ip, nil
		}
		if a.next == start {
			return netip.Addr{}, fmt.Errorf("no free address in %s: delete pods or widen the range", a.cidr)
		}
	}
}

func (a *addresses) free(ip netip.Addr) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.used, ip)
}
