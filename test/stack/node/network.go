package node

import (
	"fmt"
	"net"
	"net/netip"
	"os"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"

	"lanekeeper.io/test/stack/network"
)

// podNetwork is a network namespace that has no name and is held by this file
// alone (and by the pod's processes), with one interface on the bridge.
type podNetwork struct {
	ns   *os.File
	ip   netip.Addr
	link string // the bridge's end of the veth pair
}

// newPodNetwork makes the namespace, connects it and routes it to the bridge.
func newPodNetwork(bridge string, gateway string, ip netip.Addr, bits int) (*podNetwork, error) {
	fd, err := network.New()
	if err != nil {
		return nil, fmt.Errorf("network namespace: %w", err)
	}
	n := &podNetwork{ns: os.NewFile(uintptr(fd), "netns"), ip: ip, link: linkName(ip)}
	err = n.plug(bridge, fd)
	if err == nil {
		err = n.configure(gateway, fd, bits)
	}
	if err != nil {
		n.close()
		return nil, fmt.Errorf("network of pod address %s: %w", ip, err)
	}
	return n, nil
}

// linkName is unique per address, within the 15 characters of an interface.
func linkName(ip netip.Addr) string {
	b := ip.As4()
	return fmt.Sprintf("pod%02x%02x%02x%02x", b[0], b[1], b[2], b[3])
}

// plug creates the veth pair, one end in the namespace, the other on the bridge.
func (n *podNetwork) plug(bridge string, fd netns.NsHandle) error {
	br, err := netlink.LinkByName(bridge)
	if err != nil {
		return fmt.Errorf("bridge %s: %w", bridge, err)
	}
	attrs := netlink.NewLinkAttrs()
	attrs.Name, attrs.MasterIndex = n.link, br.Attrs().Index
	veth := &netlink.Veth{LinkAttrs: attrs, PeerName: "eth0", PeerNamespace: netlink.NsFd(fd)}
	if err := netlink.LinkAdd(veth); err != nil {
		return fmt.Errorf("veth pair %s: %w", n.link, err)
	}
	if err := netlink.LinkSetUp(veth); err != nil {
		return fmt.Errorf("bring %s up: %w", n.link, err)
	}
	return nil
}

// configure gives the pod's end its address and the way out.
func (n *podNetwork) configure(gateway string, fd netns.NsHandle, bits int) error {
	in, err := netlink.NewHandleAt(fd)
	if err != nil {
		return err
	}
	defer in.Close()
	for _, name := range []string{"lo", "eth0"} {
		link, err := in.LinkByName(name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if name == "eth0" {
			addr := &netlink.Addr{IPNet: &net.IPNet{IP: n.ip.AsSlice(), Mask: net.CIDRMask(bits, 32)}}
			if err := in.AddrAdd(link, addr); err != nil {
				return fmt.Errorf("address of eth0: %w", err)
			}
		}
		if err := in.LinkSetUp(link); err != nil {
			return fmt.Errorf("bring %s up: %w", name, err)
		}
	}
	if err := in.RouteAdd(&netlink.Route{Gw: net.ParseIP(gateway)}); err != nil {
		return fmt.Errorf("default route: %w", err)
	}
	return nil
}

// within runs f inside of the namespace.
func (n *podNetwork) within(f func() error) error {
	return network.Inside(netns.NsHandle(n.ns.Fd()), f)
}

// close lets the namespace go; taking the veth pair away first spares the
// bridge the seconds that the kernel takes to clean a namespace up.
func (n *podNetwork) close() {
	if link, err := netlink.LinkByName(n.link); err == nil {
		_ = netlink.LinkDel(link)
	}
	_ = n.ns.Close()
}
