package supervisor

import (
	"fmt"
	"os"

	"github.com/vishvananda/netlink"
)

// The addresses inside every stack.
const (
	bridgeName  = "cni0"
	bridgeIP    = "10.244.0.1"
	podCIDR     = "10.244.0.0/16"
	serviceCIDR = "10.96.0.0/16"
	serviceIP   = "10.96.0.1" // of kubernetes.default
)

// setUpNetwork makes the bridge that joins pods and control plane. There is no
// way out of a stack's network, and none in but through its namespace.
func setUpNetwork() error {
	lo, err := netlink.LinkByName("lo")
	if err != nil {
		return err
	}
	if err := netlink.LinkSetUp(lo); err != nil {
		return err
	}
	bridge := &netlink.Bridge{LinkAttrs: netlink.LinkAttrs{Name: bridgeName}}
	if err := netlink.LinkAdd(bridge); err != nil {
		return fmt.Errorf("adding the bridge %s: %w", bridgeName, err)
	}
	address, err := netlink.ParseAddr(bridgeIP + "/16")
	if err != nil {
		return err
	}
	if err := netlink.AddrAdd(bridge, address); err != nil {
		return err
	}
	if err := netlink.LinkSetUp(bridge); err != nil {
		return err
	}
	return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0)
}
